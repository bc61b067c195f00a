"""A customer's timeline, from rows alone."""

from typing import Any

import pytest

from db.customers.records import StoredEvent
from lifecycle.messages import MessageStatus
from operations.customers.timeline import describe_event, timeline
from retention_client.events import parse_event
from tests.operations.customers.records import EVENT, NOON, message, ordered, record, step

ITEMS = [{"sku": sku} for sku in ("PAN", "LID", "POT", "CUP", "MUG")]


def test_an_order_and_the_transitions_that_it_caused_are_one_entry() -> None:
    found = record(
        events=(ordered(),),
        steps=(
            step("REPEAT", "VIP", "order-1"),
            step("VIP", "AT_RISK", "no purchase in 90 days", revision=2),
        ),
        messages=(message(), message(MessageStatus.SKIPPED, "no consent")),
    )
    assert [(moment.event, moment.state, moment.message) for moment in timeline(found)] == [
        ("order 1 paid: 60.00 USD", "REPEAT → VIP", None),
        ("no purchase in 90 days", "VIP → AT_RISK", None),
        (None, None, "News 2 (EMAIL) SKIPPED: no consent"),
        (None, None, "News 2 (EMAIL) SENT"),
    ]


def test_what_was_not_applied_says_so() -> None:
    body = {**EVENT, "type": "CART_UPDATED", "cart": {"cart_id": "c-1", "items": []}}
    found = record(
        events=(
            StoredEvent("e-1", "order_paid", NOON, "REFUSED", None, "order.total: is missing"),
            StoredEvent("e-2", "VISITED", NOON, "RECEIVED", {**EVENT, "type": "VISITED"}, None),
            StoredEvent("e-3", "VISITED", NOON, "DISCARDED", {**EVENT, "type": "VISITED"}, None),
            StoredEvent("e-4", "CART_UPDATED", NOON, "RECEIVED", body, None),
        )
    )
    assert [moment.event for moment in timeline(found)] == [
        "order_paid (refused: order.total: is missing)",
        "visited (not applied yet)",
        "visited (discarded)",
        "cart c-1 emptied",
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"type": "CART_UPDATED", "cart": {"cart_id": "c", "items": ITEMS}}, "cart c (PAN, LID, POT and 2 more)"),
        ({"type": "ORDER_REFUNDED", "order_id": "7", "amount": "5.00"}, "order 7 refunded: 5.00"),
        ({"type": "ORDER_REFUNDED", "order_id": "7", "cancelled": True}, "order 7 cancelled"),
        ({"type": "CONSENT_CHANGED", "channel": "sms", "granted": False}, "consent to sms withdrawn"),
        ({"type": "PROFILE_UPDATED"}, "profile updated"),
        ({"type": "CUSTOM", "name": "shipped"}, "shipped"),
    ],
)
def test_events_in_words(fields: dict[str, Any], words: str) -> None:
    assert describe_event(parse_event({**EVENT, **fields}, currency="USD")) == words
