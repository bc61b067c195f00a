"""Which message an order is credited to: the last one that its customer, not a machine, clicked or opened before it.

The rule for one customer, with which the statement for all of them is compared.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

OrderKey = tuple[str, str]
"""A customer's id and the id of their order."""


@dataclass(frozen=True)
class Touch:
    """A person opened a message, or followed one of its links.

    `visited_at` is by our clock. `sent_at` is when the message went out by its customer's, which is ahead of ours for
    one who was fast-forwarded; there the visit counts as made when the message was sent, which is the earliest it can
    have been.
    """

    message_key: str
    customer_id: str
    kind: Literal["OPEN", "CLICK"]
    visited_at: datetime
    sent_at: datetime

    @property
    def at(self) -> datetime:
        """When it happened in the customer's own time: never before the message was sent."""
        return max(self.visited_at, self.sent_at)


@dataclass(frozen=True)
class Sale:
    """A paid order, once. `at` is its customer's time; `reported_at` is when the inbox received it, by our clock."""

    customer_id: str
    order_id: str
    at: datetime
    reported_at: datetime


def attribute(sales: Iterable[Sale], touches: Iterable[Touch], window: timedelta) -> dict[OrderKey, str]:
    """The message of each order that is credited to one, by its key.

    That is the message of the latest click that is at most `window` older than the order; without a click, of the
    latest open. Of two at the same instant it is the one with the smaller key. An order that was reported
    before a visit is not credited to it. So every order counts once, over all campaigns.
    """
    visits: dict[str, list[Touch]] = defaultdict(list)
    # Of equals `max` takes the first.
    for touch in sorted(touches, key=lambda touch: touch.message_key):
        visits[touch.customer_id].append(touch)
    due: dict[OrderKey, str] = {}
    for sale in sales:
        possible = [touch for touch in visits[sale.customer_id] if _may_have_led_to(touch, sale, window)]
        if possible:
            due[sale.customer_id, sale.order_id] = max(possible, key=_clicked_and_late).message_key
    return due


def _may_have_led_to(touch: Touch, sale: Sale, window: timedelta) -> bool:
    return touch.at <= sale.at <= touch.at + window and touch.visited_at <= sale.reported_at


def _clicked_and_late(touch: Touch) -> tuple[bool, datetime]:
    return touch.kind == "CLICK", touch.at
