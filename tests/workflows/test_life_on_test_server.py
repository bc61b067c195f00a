"""The table of states, with real PostgreSQL, the real worker, and months that take no time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from tests.fixtures.shop import ADA, SKILLET, eventually
from tests.workflows.conftest import SkippingShop

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def test_a_visitor_becomes_a_lead_a_customer_and_a_repeat_customer(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.send("VISITED")
    await shop.until_state("VISITOR")
    await shop.cart("c-1", SKILLET)
    await shop.until_state("LEAD")
    await shop.order("1", total="10.00", cart_id="c-1")
    await shop.until_state("CUSTOMER")
    await shop.order("2", total="10.00")
    await shop.until_state("REPEAT")
    assert [state for state, _ in await shop.steps()] == ["LEAD", "CUSTOMER", "REPEAT"]


async def test_a_cart_is_abandoned_an_hour_after_its_last_change(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("abandoned-cart")
    await shop.send("VISITED", consent={"email": True})
    await shop.cart("c-1", SKILLET)
    await shop.until_state("LEAD")
    await shop.fast_forward(HOUR - MINUTE)
    await shop.cart("c-1", SKILLET, SKILLET)
    changed = (await shop.profile())["coming"][0]["at"]
    await shop.fast_forward(HOUR - MINUTE)
    assert await shop.messages() == []

    await shop.fast_forward(2 * MINUTE)
    first, second, third = await eventually(shop.messages, lambda found: len(found) == 3)
    assert first["trigger_event"] == "CART_ABANDONED"
    assert first["occurrence"] == "c-1"
    assert first["due_at"] == datetime.fromisoformat(changed)
    assert [message["due_at"] - first["due_at"] for message in (second, third)] == [23 * HOUR, 71 * HOUR]
    await shop.until_sent(1)
    assert (await shop.profile())["state"] == "LEAD"


async def test_a_vip_is_at_risk_after_90_days_and_lost_after_180(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    bought = await shop.become_vip()
    await shop.forward_to(bought + 90 * DAY - MINUTE)
    assert (await shop.profile())["state"] == "VIP"
    await shop.forward_to(bought + 90 * DAY + MINUTE)
    await shop.until_state("AT_RISK")
    await shop.forward_to(bought + 180 * DAY - MINUTE)
    assert (await shop.profile())["state"] == "AT_RISK"
    await shop.forward_to(bought + 180 * DAY + MINUTE)
    await shop.until_state("CHURNED")
    assert (await shop.steps())[-2:] == [("AT_RISK", bought + 90 * DAY), ("CHURNED", bought + 180 * DAY)]


async def test_an_order_restarts_the_90_days(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    bought = await shop.become_vip()
    await shop.forward_to(bought + 80 * DAY)
    await shop.order("third")
    await eventually(shop.profile, lambda profile: profile["order_count"] == 3)
    again = await shop.last_order()
    await shop.forward_to(again + 90 * DAY - MINUTE)
    assert (await shop.profile())["state"] == "VIP"
    await shop.forward_to(again + 90 * DAY + MINUTE)
    await shop.until_state("AT_RISK")


async def test_180_days_count_from_the_last_order_after_a_check_moved_the_customer(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    bought = await shop.last_order()
    await shop.forward_to(bought + 75 * DAY)
    assert (await shop.profile())["state"] == "CUSTOMER"
    await shop.check()
    await shop.until_state("AT_RISK")
    await shop.forward_to(bought + 180 * DAY + MINUTE)
    await shop.until_state("CHURNED")
    assert (await shop.steps())[-1] == ("CHURNED", bought + 180 * DAY)


async def test_exactly_60_days_are_not_more_than_60(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    bought = await shop.last_order()
    await shop.forward_to(bought + 61 * DAY)
    await shop.check(bought + 60 * DAY)
    await eventually(shop.profile, lambda profile: profile["revision"] == 2)
    assert (await shop.profile())["state"] == "CUSTOMER"
    await shop.check(bought + 60 * DAY + timedelta(seconds=1))
    await shop.until_state("AT_RISK")
    assert (await shop.steps())[-1] == ("AT_RISK", bought + 60 * DAY + timedelta(seconds=1))


async def test_a_check_as_of_the_future_moves_no_customer_early(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    await shop.fast_forward(59 * DAY)
    await shop.check(await shop.now() + 30 * DAY)
    await eventually(shop.profile, lambda profile: profile["revision"] == 2)
    assert (await shop.profile())["state"] == "CUSTOMER"


@pytest.mark.parametrize(
    ("orders", "rank"),
    [
        ([("300.00", False), ("300.00", False)], "VIP"),
        ([("100.00", False), ("100.00", False)], "REPEAT"),
        ([("100.00", True)], "CUSTOMER"),
    ],
    ids=["VIP", "REPEAT", "CUSTOMER"],
)
async def test_an_order_restores_the_state_that_the_totals_earn(
    skipping_shop: SkippingShop, orders: list[tuple[str, bool]], rank: str
) -> None:
    shop = skipping_shop
    for number, (total, cancelled) in enumerate(orders):
        await shop.order(f"{number}", total=total)
        if cancelled:
            await shop.send("ORDER_REFUNDED", order_id=f"{number}", cancelled=True)
    await shop.until_applied()
    await shop.fast_forward(61 * DAY)
    await shop.check()
    await shop.fast_forward(30 * DAY)
    await shop.until_state("AT_RISK")
    await shop.order("back", total="10.00")
    await shop.until_state(rank)


async def test_a_churned_customer_is_reactivated_and_promoted_by_the_next_order(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.become_vip()
    await shop.fast_forward(181 * DAY)
    await shop.until_state("CHURNED")
    await shop.order("third", total="10.00")
    await shop.until_state("REACTIVATED")
    await shop.fast_forward(200 * DAY)
    assert (await shop.profile())["state"] == "REACTIVATED"
    await shop.order("fourth", total="10.00")
    await shop.until_state("VIP")
    assert [state for state, _ in await shop.steps()][-4:] == ["AT_RISK", "CHURNED", "REACTIVATED", "VIP"]


async def test_a_late_order_undoes_the_churn(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    bought = await shop.become_vip()
    await shop.forward_to(bought + 181 * DAY)
    await shop.until_state("CHURNED")
    forgotten = bought + 85 * DAY
    order = {"order_id": "forgotten", "total": "10.00", "currency": "USD", "items": [SKILLET]}
    await shop.send("ORDER_PAID", at=forgotten, order=order)
    await shop.until_state("AT_RISK")
    (last,) = await shop.rows("SELECT * FROM state_transitions ORDER BY id DESC LIMIT 1")
    assert (last["from_state"], last["to_state"], last["restated"]) == ("CHURNED", "AT_RISK", True)
    await shop.forward_to(forgotten + 180 * DAY + MINUTE)
    await shop.until_state("CHURNED")
    assert (await shop.steps())[-1] == ("CHURNED", forgotten + 180 * DAY)


async def test_an_order_in_the_future_counts_as_of_now(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    order = {"order_id": "1", "total": "10.00", "currency": "USD"}
    told_at = await shop.now()
    await shop.send("ORDER_PAID", at=told_at + 365 * DAY, order=order)
    await shop.until_state("CUSTOMER")
    assert told_at <= await shop.last_order() <= await shop.now()


POISON: dict[str, tuple[str, Any]] = {
    "no address": ("order_paid", {"type": "ORDER_PAID"}),
    "unknown name": ("order_eaten", {"order": "1"}),
    "another currency": (
        "order_paid",
        {
            "event_id": "poison",
            "customer_email": ADA,
            "occurred_at": "2026-11-22T10:00:00Z",
            "order": {"order_id": "1", "total": "1.00", "currency": "EUR"},
        },
    ),
    "not an object": ("cart_updated", [1, 2]),
    "not JSON": ("cart_updated", RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"{"))),
    "not text": ("cart_updated", RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"\xff{"))),
    "another encoding": ("cart_updated", RawValue(Payload(metadata={"encoding": b"binary/plain"}, data=b"\0\1"))),
}


async def test_a_poison_signal_is_stored_with_its_reason_and_does_no_harm(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.order("1", total="10.00")
    for name, argument in POISON.values():
        await shop.signal(name, argument)
    await shop.order("2", total="10.00")
    await shop.until_state("REPEAT")
    query = "SELECT type, raw, last_error FROM event_inbox WHERE status = 'REFUSED' ORDER BY sequence"
    # It is written after the order, so the new state does not show that it is there.
    refused = await eventually(lambda: shop.rows(query), lambda rows: len(rows) == len(POISON))
    assert [row["type"] for row in refused] == [name for name, _ in POISON.values()]
    assert all(row["raw"] and row["last_error"] for row in refused)
    assert ADA not in str([row["last_error"] for row in refused])
    assert (await shop.profile())["total_spend"] == "20.00"


async def test_duplicated_and_reversed_events_give_the_same_result(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    orders = [
        shop.event(
            "ORDER_PAID", at=begin + days * DAY, order={"order_id": f"{days}", "total": "200.00", "currency": "USD"}
        )
        for days in (0, 10, 20)
    ]
    await shop.storefront.send(orders[-1])
    for event in (*reversed(orders), *orders):
        await shop.signal("order_paid", event)
    await shop.send("VISITED")
    # What comes as a signal alone is no row before it is applied: nothing waits in the inbox, and yet not all is there.
    query = "SELECT state, total_spend::text, order_count FROM customer_profiles"
    (row,) = await eventually(lambda: shop.rows(query), lambda rows: bool(rows) and rows[0]["order_count"] == 3)
    await shop.until_applied()
    assert row == {"state": "CHURNED", "total_spend": "600.00", "order_count": 3}
    assert len(await shop.rows("SELECT 1 FROM event_inbox")) == 4
