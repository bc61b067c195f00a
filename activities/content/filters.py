"""The filters a campaign may use: money and dates as the customer writes them, a button, a table of lines."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from markupsafe import Markup

from activities.content.layouts import layout

DEFAULT_LOCALE = Locale("en")
WEB = ("https://", "http://")


def locale_of(tag: str | None) -> Locale:
    """The locale of a tag such as `en-GB` or `pt_BR`; English when it is missing or unknown."""
    try:
        return Locale.parse((tag or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return DEFAULT_LOCALE


@pass_context
def money(context: Context, amount: str | float | Decimal) -> str:
    """`{{ order.total|money }}`: an amount in the store's currency."""
    currency = context["shop"]["currency"]
    return format_currency(Decimal(str(amount)), currency, locale=locale_of(context["customer"]["locale"]))


@pass_context
def day(context: Context, moment: str | date, width: str = "long") -> str:
    """`{{ event.ships_on|date }}`: a day, in the customer's time zone; `width` is short, medium, long or full."""
    customer = context["customer"]
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if isinstance(when, datetime) and when.tzinfo is not None:
        when = when.astimezone(_zone(customer["time_zone"]))
    return format_date(when, format=width, locale=locale_of(customer["locale"]))


def button(url: str | None, label: str) -> Markup:
    """`{{ cart.url|button("Back to your cart") }}`: a link that no one overlooks; nothing without an address."""
    if not url:
        return Markup()
    if not url.startswith(WEB):
        raise SecurityError("a button leads to a web address")
    return layout("button.html.j2", url=url, label=label)


@pass_context
def line_items(context: Context, items: list[Mapping[str, Any]], total: str | Decimal | None = None) -> Markup:
    """`{{ order.items|line_items(order.total) }}`: what was bought, as a table; with `total`, its last line."""
    lines = [{**item, "amount": money(context, item["amount"])} for item in items]
    return layout("line_items.html.j2", lines=lines, total=None if total is None else money(context, total))


PLAIN: Mapping[str, Callable[..., Any]] = {"money": money, "date": day}
HTML: Mapping[str, Callable[..., Any]] = {**PLAIN, "button": button, "line_items": line_items}


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):  # OSError: "America" is a directory of zones
        return ZoneInfo("UTC")
