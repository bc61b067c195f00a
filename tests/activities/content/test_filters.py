"""Money, days, buttons and tables."""

from typing import Any

import pytest

from activities.content import filters
from activities.content.templates import TemplateError, Templates

HTML = Templates(filters.HTML, html=True)


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
def test_money_is_written_as_the_customer_writes_it(locale: str | None, written: str) -> None:
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
def test_a_day_is_the_customers_day(locale: str | None, time_zone: str | None, written: str) -> None:
    assert render("{{ '2026-11-22T22:15:00+00:00'|date }}", locale, time_zone) == written


def test_who_has_told_no_locale_is_written_to_in_the_shops() -> None:
    shop = {"currency": "EUR", "locale": "de-DE"}
    assert render("{{ '1234.5'|money }}", shop=shop) == "1.234,50\N{NO-BREAK SPACE}€"
    assert render("{{ '2026-11-22'|date }}", "xx", shop=shop) == "22. November 2026"
    assert render("{{ '1234.5'|money }}", "en-US", shop=shop) == "€1,234.50"


def test_a_bare_day_has_no_zone() -> None:
    assert render("{{ '2026-11-22'|date('short') }}", "en-GB", "Australia/Sydney") == "22/11/2026"


@pytest.mark.parametrize("source", ["{{ 'much'|money }}", "{{ 'soon'|date }}"])
def test_what_is_no_amount_and_no_day(source: str) -> None:
    with pytest.raises(TemplateError):
        render(source)


def test_a_button_escapes_and_leads_to_the_web() -> None:
    html = render("{{ url|button('A & B') }}", url='https://shop.example/?a=1&b="2"')
    assert 'href="https://shop.example/?a=1&amp;b=&#34;2&#34;"' in html
    assert ">A &amp; B</a>" in html
    assert 'class="button"' in html
    assert render("{{ url|button('Back') }}", url=None) == ""
    with pytest.raises(TemplateError, match="web address"):
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


def test_a_table_speaks_the_language_of_the_message() -> None:
    assert ">Summe</td>" in render("{{ items|line_items('25.00') }}", "fr", items=[ITEM], language="de")


def test_a_long_table_is_cut_and_says_so() -> None:
    html = render("{{ items|line_items('25.00') }}", items=[ITEM] * (filters.MOST_LINES + 3))
    assert html.count("<tr>") == filters.MOST_LINES + 2
    assert "and 3 more" in html


def test_lines_and_pictures_lead_to_the_product_if_that_is_on_the_web() -> None:
    page = {**ITEM, "url": 'https://shop.example/?a=1&b="2"'}
    for source in ("{{ [item]|line_items }}", "{{ item|picture }}"):
        assert 'href="https://shop.example/?a=1&amp;b=&#34;2&#34;"' in render(source, item=page)
        html = render(source, item={**ITEM, "url": "javascript:alert(1)"})
        assert "href" not in html
        assert 'src="https://shop.example/pan.png"' in html


@pytest.mark.parametrize("image_url", [None, "", "data:image/png;base64,x", "javascript:alert(1)"])
def test_without_a_picture_on_the_web_there_is_none(image_url: str | None) -> None:
    item = {**ITEM, "image_url": image_url}
    assert render("{{ item|picture }}", item=item) == ""
    assert "<img" not in render("{{ [item]|line_items }}", item=item)
