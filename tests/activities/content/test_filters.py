"""Amounts, dates, buttons and tables."""

from typing import Any

import pytest

from activities.content import filters
from activities.content.templates import SandboxedTemplates, TemplateError

HTML = SandboxedTemplates(filters.HTML, html=True)


def render(source: str, locale: str | None = None, time_zone: str | None = None, **variables: Any) -> str:
    known = {
        "customer": {"locale": locale, "time_zone": time_zone},
        "shop": {"currency": "USD", "locale": "en-US"},
        "language": "en-US",
        **variables,
    }
    return HTML.render("body", source, known, 10_000)


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        (None, "$1,234.50"),
        ("en-GB", "US$1,234.50"),
        ("de_DE", "1.234,50\N{NO-BREAK SPACE}$"),
        ("xx", "$1,234.50"),
        ("x" * 35, "$1,234.50"),
    ],
)
def test_money_is_formatted_in_the_customers_locale(locale: str | None, written: str) -> None:
    assert render("{{ '1234.5'|money }}", locale) == written


@pytest.mark.parametrize(
    ("locale", "time_zone", "written"),
    [
        (None, None, "November 22, 2026"),
        ("en-GB", None, "22 November 2026"),
        ("en-GB", "Australia/Sydney", "23 November 2026"),
        ("en-GB", "Mars/Base", "22 November 2026"),
        ("fr", None, "22 novembre 2026"),
    ],
)
def test_a_date_is_in_the_customers_time_zone(locale: str | None, time_zone: str | None, written: str) -> None:
    assert render("{{ '2026-11-22T22:15:00+00:00'|date }}", locale, time_zone) == written


def test_without_a_locale_the_shops_is_used() -> None:
    shop = {"currency": "EUR", "locale": "de-DE"}
    assert render("{{ '1234.5'|money }}", shop=shop) == "1.234,50\N{NO-BREAK SPACE}€"
    assert render("{{ '2026-11-22'|date }}", "xx", shop=shop) == "22. November 2026"
    assert render("{{ '1234.5'|money }}", "en-US", shop=shop) == "€1,234.50"


def test_a_date_without_a_time_is_not_converted() -> None:
    assert render("{{ '2026-11-22'|date('short') }}", "en-GB", "Australia/Sydney") == "22/11/2026"


@pytest.mark.parametrize("source", ["{{ 'much'|money }}", "{{ 'soon'|date }}"])
def test_invalid_amounts_and_dates_are_errors(source: str) -> None:
    with pytest.raises(TemplateError):
        render(source)


def test_a_button_escapes_its_values_and_needs_a_web_url() -> None:
    html = render("{{ url|button('A & B') }}", url='https://shop.example/?a=1&b="2"')
    assert 'href="https://shop.example/?a=1&amp;b=&#34;2&#34;"' in html
    assert ">A &amp; B</a>" in html
    assert 'class="button"' in html
    assert render("{{ url|button('Back') }}", url=None) == ""
    with pytest.raises(TemplateError, match="begins with https"):
        render("{{ url|button('Back') }}", url="javascript:alert(1)")


ITEM = {"name": "<b>Pan</b>", "quantity": 2, "amount": "10.00", "image_url": "https://shop.example/pan.png"}


def test_a_table_of_lines() -> None:
    html = render("{{ items|line_items('25.00') }}", items=[ITEM, {**ITEM, "quantity": 1, "image_url": None}])
    assert html.count("&lt;b&gt;Pan&lt;/b&gt;") == 2
    assert html.count("×&nbsp;2") == 1
    assert html.count("<img ") == 1
    assert html.count("<td") == 9
    assert "$10.00" in html
    assert "$25.00" in html
    assert "Total" not in render("{{ items|line_items }}", items=[ITEM])


def test_a_table_without_pictures_has_no_column_for_them() -> None:
    html = render("{{ items|line_items('25.00') }}", items=[{**ITEM, "image_url": None}])
    assert html.count("<td") == 4


def test_a_table_is_in_the_language_of_the_message() -> None:
    assert ">Summe</td>" in render("{{ items|line_items('25.00') }}", "fr", items=[ITEM], language="de")


def test_a_long_table_is_cut_and_shows_how_many_are_left() -> None:
    html = render("{{ items|line_items('25.00') }}", items=[ITEM] * (filters.MAX_LINES + 3))
    assert html.count("<tr>") == filters.MAX_LINES + 2
    assert "and 3 more" in html


def test_lines_and_pictures_link_to_the_product_if_it_has_a_web_url() -> None:
    page = {**ITEM, "url": 'https://shop.example/?a=1&b="2"'}
    for source in ("{{ [item]|line_items }}", "{{ item|picture }}"):
        assert 'href="https://shop.example/?a=1&amp;b=&#34;2&#34;"' in render(source, item=page)
        html = render(source, item={**ITEM, "url": "javascript:alert(1)"})
        assert "href" not in html
        assert 'src="https://shop.example/pan.png"' in html


@pytest.mark.parametrize("image_url", [None, "", "data:image/png;base64,x", "javascript:alert(1)"])
def test_a_picture_without_a_web_url_is_left_out(image_url: str | None) -> None:
    item = {**ITEM, "image_url": image_url}
    assert render("{{ item|picture }}", item=item) == ""
    assert "<img" not in render("{{ [item]|line_items }}", item=item)
