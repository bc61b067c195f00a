"""Money, days, buttons and tables."""

from typing import Any

import pytest

from activities.content import filters
from activities.content.templates import TemplateError, Templates

HTML = Templates(filters.HTML, html=True)


def render(source: str, locale: str | None = None, time_zone: str | None = None, **variables: Any) -> str:
    known = {
        "customer": {"locale": locale, "time_zone": time_zone},
        "shop": {"currency": "USD"},
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
    assert render("{{ url|button('Back') }}", url=None) == ""
    with pytest.raises(TemplateError, match="web address"):
        render("{{ url|button('Back') }}", url="javascript:alert(1)")


def test_a_table_of_lines() -> None:
    item = {"name": "<b>Pan</b>", "quantity": 2, "amount": "10.00", "image_url": "https://shop.example/pan.png"}
    html = render("{{ items|line_items('25.00') }}", items=[item, {**item, "quantity": 1, "image_url": None}])
    assert html.count("&lt;b&gt;Pan&lt;/b&gt;") == 2
    assert html.count("×&nbsp;2") == 1
    assert html.count("<img ") == 1
    assert "$10.00" in html
    assert "$25.00" in html
    assert "Total" not in render("{{ items|line_items }}", items=[item])
