"""The filters of campaign templates: amounts and dates in the customer's locale, buttons, pictures, line items."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from markupsafe import Markup

from activities.content.layouts import layout
from activities.content.phrases import locale_of, phrases
from activities.content.step_limit import spend_steps

WEB_SCHEMES = ("https://", "http://")
MAX_LINES = 40
"""Lines of a table. Gmail and others clip a message that is much longer."""
FORMATTING_STEPS = 20
"""Steps that formatting an amount or a date, or rendering a layout, counts as."""


@pass_context
def money(context: Context, amount: str | float | Decimal) -> str:
    """`{{ order.total|money }}`: an amount in the shop's currency."""
    spend_steps(FORMATTING_STEPS)
    return format_currency(Decimal(str(amount)), context["shop"]["currency"], locale=_locale(context))


@pass_context
def day(context: Context, moment: str | date, width: str = "long") -> str:
    """`{{ event.ships_on|date }}`: a date in the customer's time zone; `width` is short, medium, long or full."""
    spend_steps(FORMATTING_STEPS)
    value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(_zone(context["customer"]["time_zone"]))
    return format_date(value, format=width, locale=_locale(context))


def button(url: str | None, label: str) -> Markup:
    """`{{ cart.url|button("Back to your cart") }}`: a link that looks like a button; empty without a URL."""
    if not url:
        return Markup()
    if not url.startswith(WEB_SCHEMES):
        raise SecurityError("a button needs a URL that begins with https:// or http://")
    spend_steps(FORMATTING_STEPS)
    return layout("button.html.j2", url=url, label=label)


def picture(product: Mapping[str, Any]) -> Markup:
    """`{{ product|picture }}`: the product's picture, linked to its page; empty when it has none."""
    if not _web_url(product.get("image_url")):
        return Markup()
    spend_steps(FORMATTING_STEPS)
    return layout("picture.html.j2", **_displayed(product))


@pass_context
def line_items(context: Context, items: list[Mapping[str, Any]], total: str | Decimal | None = None) -> Markup:
    """`{{ order.items|line_items(order.total) }}`: the items as a table; `total` adds a last line."""
    lines = [{**_displayed(item), "amount": money(context, item["amount"])} for item in items[:MAX_LINES]]
    spend_steps(FORMATTING_STEPS * len(lines))
    text = phrases(context["language"])
    return layout(
        "line_items.html.j2",
        lines=lines,
        pictured=any(line["image_url"] for line in lines),
        more=text.more.format(count=len(items) - len(lines)) if len(items) > len(lines) else None,
        total_label=text.total,
        total=None if total is None else money(context, total),
    )


PLAIN: Mapping[str, Callable[..., Any]] = {"money": money, "date": day}
HTML: Mapping[str, Callable[..., Any]] = {**PLAIN, "button": button, "picture": picture, "line_items": line_items}


def _locale(context: Context) -> Locale:
    """The customer's locale, else the shop's."""
    return locale_of(context["customer"]["locale"], context["shop"]["locale"])


def _displayed(product: Mapping[str, Any]) -> dict[str, Any]:
    """What a layout shows of a product. URLs that are not http(s) are dropped."""
    return {
        "name": product["name"],
        "quantity": product.get("quantity"),
        "url": _web_url(product.get("url")),
        "image_url": _web_url(product.get("image_url")),
    }


def _web_url(url: str | None) -> str | None:
    return url if url and url.startswith(WEB_SCHEMES) else None


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):  # OSError: "America" is a directory of zones
        return ZoneInfo("UTC")
