"""The filters a campaign may use: money and days as the customer writes them, a button, a picture, a table of lines."""

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
from activities.content.pace import spend
from activities.content.phrases import locale_of, phrases

WEB = ("https://", "http://")
MOST_LINES = 40
"""Lines of a table; with more, some programs would cut the message off before its end."""
FORMATTING = 20
"""What it costs to write an amount, a day or a piece of our layout, in steps."""


@pass_context
def money(context: Context, amount: str | float | Decimal) -> str:
    """`{{ order.total|money }}`: an amount in the store's currency."""
    spend(FORMATTING)
    return format_currency(Decimal(str(amount)), context["shop"]["currency"], locale=_locale(context))


@pass_context
def day(context: Context, moment: str | date, width: str = "long") -> str:
    """`{{ event.ships_on|date }}`: a day, in the customer's time zone; `width` is short, medium, long or full."""
    spend(FORMATTING)
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if isinstance(when, datetime) and when.tzinfo is not None:
        when = when.astimezone(_zone(context["customer"]["time_zone"]))
    return format_date(when, format=width, locale=_locale(context))


def button(url: str | None, label: str) -> Markup:
    """`{{ cart.url|button("Back to your cart") }}`: a link that no one overlooks; nothing without an address."""
    if not url:
        return Markup()
    if not url.startswith(WEB):
        raise SecurityError("a button leads to a web address")
    spend(FORMATTING)
    return layout("button.html.j2", url=url, label=label)


def picture(product: Mapping[str, Any]) -> Markup:
    """`{{ product|picture }}`: its picture, which leads to its page; nothing when it has none."""
    if not _web(product.get("image_url")):
        return Markup()
    spend(FORMATTING)
    return layout("picture.html.j2", **_shown(product))


@pass_context
def line_items(context: Context, items: list[Mapping[str, Any]], total: str | Decimal | None = None) -> Markup:
    """`{{ order.items|line_items(order.total) }}`: what was bought, as a table; with `total`, its last line."""
    lines = [{**_shown(item), "amount": money(context, item["amount"])} for item in items[:MOST_LINES]]
    spend(FORMATTING * len(lines))
    said = phrases(context["language"])
    return layout(
        "line_items.html.j2",
        lines=lines,
        pictured=any(line["image_url"] for line in lines),
        more=said.more.format(count=len(items) - len(lines)) if len(items) > len(lines) else None,
        total_label=said.total,
        total=None if total is None else money(context, total),
    )


PLAIN: Mapping[str, Callable[..., Any]] = {"money": money, "date": day}
HTML: Mapping[str, Callable[..., Any]] = {**PLAIN, "button": button, "picture": picture, "line_items": line_items}


def _locale(context: Context) -> Locale:
    """The customer's, else the shop's."""
    return locale_of(context["customer"]["locale"], context["shop"]["locale"])


def _shown(product: Mapping[str, Any]) -> dict[str, Any]:
    """What a layout shows of a product. Whatever is no web address is nothing to link to."""
    return {
        "name": product["name"],
        "quantity": product.get("quantity"),
        "url": _web(product.get("url")),
        "image_url": _web(product.get("image_url")),
    }


def _web(url: str | None) -> str | None:
    return url if url and url.startswith(WEB) else None


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):  # OSError: "America" is a directory of zones
        return ZoneInfo("UTC")
