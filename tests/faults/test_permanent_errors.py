"""PostgreSQL refuses a value for good: the event is set aside with the reason, and its neighbours are applied."""

from typing import Any

import pytest

from retention_client.events import InvalidEvent
from tests.faults.campaigns import RECEIPT
from tests.faults.checks import Event, failures
from tests.faults.mailbox import subjects
from tests.fixtures.shop import ADA, SKILLET, Shop, eventually

MOST_MONEY = "99999999.99"
"""What a column of the profile holds. One order may be as large; two sum to more."""


async def test_an_order_that_nobody_can_sum(shop: Shop) -> None:
    await shop.apply([RECEIPT])
    events = [_order(shop, number, "10.00" if number != 2 else MOST_MONEY) for number in range(5)]
    for event in events:
        await shop.storefront.send(event)
    async with shop.worker():
        await shop.until_sent(4)
        await shop.quiet()
        await _only_the_third_was_refused(shop, events)
        # Redelivered, it is refused again, and nothing changes.
        parked = len((await shop.profile())["not_applied"])
        assert parked > 0
        await shop.storefront.send(events[2])
        await eventually(shop.profile, lambda profile: len(profile["not_applied"]) > parked)
        await shop.quiet()
        await _only_the_third_was_refused(shop, events)
        assert failures(await shop.history()) == []
    assert subjects(shop.mail, ADA) == {f"Receipt {number}": 1 for number in (0, 1, 3, 4)}


async def test_a_corrected_event_of_the_same_id_is_applied(open_shop: Shop) -> None:
    first, wrong = _order(open_shop, 1, "10.00"), _order(open_shop, 2, MOST_MONEY)
    await open_shop.storefront.send(first)
    await open_shop.storefront.send(wrong)
    await eventually(lambda: _statuses(open_shop), lambda found: found.get(wrong["event_id"]) == "REFUSED")
    right = {**wrong, "order": {**wrong["order"], "total": "20.00"}}
    await open_shop.storefront.send(right)
    await open_shop.until_state("REPEAT")
    assert (await _statuses(open_shop))[wrong["event_id"]] == "APPLIED"
    (profile,) = await open_shop.rows("SELECT total_spend FROM customer_profiles")
    assert str(profile["total_spend"]) == "30.00"


async def test_a_nul_is_refused_at_the_door_and_behind_it(open_shop: Shop) -> None:
    order = {"order_id": "1", "total": "1.00", "currency": "USD", "items": [{**SKILLET, "name": "Skillet\0"}]}
    event = open_shop.event("ORDER_PAID", order=order)
    with pytest.raises(InvalidEvent, match="control characters"):
        await open_shop.storefront.send(event)
    assert await open_shop.rows("SELECT * FROM event_inbox") == []
    await open_shop.order("2")
    await open_shop.until_state("CUSTOMER")
    await open_shop.signal("order_paid", event)
    (shown,) = (await eventually(open_shop.profile, lambda profile: profile["not_applied"] != []))["not_applied"]
    assert "control characters" in shown["reason"]
    await open_shop.order("3")
    await open_shop.until_state("REPEAT")


async def _only_the_third_was_refused(shop: Shop, events: list[Event]) -> None:
    """Its own row says so, and beside it lies what came, as it came."""
    statuses = await _statuses(shop)
    wanted = {event["event_id"]: "APPLIED" for event in events} | {events[2]["event_id"]: "REFUSED"}
    copies = {event_id for event_id in statuses if event_id.startswith("refused:")}
    assert statuses == wanted | dict.fromkeys(copies, "REFUSED")
    reasons = await shop.rows("SELECT last_error FROM event_inbox WHERE status = 'REFUSED'")
    assert all("NumericValueOutOfRange" in row["last_error"] for row in reasons)
    (profile,) = await shop.rows("SELECT order_count, total_spend FROM customer_profiles")
    assert (profile["order_count"], str(profile["total_spend"])) == (4, "40.00")
    assert {parked["event_id"] for parked in (await shop.profile())["not_applied"]} == copies


async def _statuses(shop: Shop) -> dict[str, str]:
    return {row["event_id"]: row["status"] for row in await shop.rows("SELECT event_id, status FROM event_inbox")}


def _order(shop: Shop, number: int, total: str) -> dict[str, Any]:
    order = {"order_id": f"{number}", "total": total, "currency": "USD", "items": [SKILLET]}
    return shop.event("ORDER_PAID", order=order)
