"""What a run hands on to the next one: everything, and every deadline as the moment it is."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from retention_client.customer_workflow import CUSTOMER_STATE, LIFETIME_SPEND
from tests.fixtures.postgres import connect
from tests.fixtures.shop import ADA, SKILLET, Shop, eventually
from tests.histories.runs import runs_of
from tests.workflows.conftest import SUGGESTED_EVENTS
from workflows import timeouts

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def test_a_roll_carries_everything(open_shop: Shop) -> None:
    shop = open_shop
    await shop.campaigns("abandoned-cart", "care-guide", "order-confirmation")
    order = {"order_id": "1", "total": "600.00", "currency": "USD", "items": [SKILLET]}
    first = shop.event("ORDER_PAID", consent={"email": True, "sms": False}, order=order)
    await shop.storefront.send(first)
    await shop.order("2", total="1.00")
    await shop.until_state("VIP")
    await shop.until_sent(2)
    await shop.cart("c-1", SKILLET)
    await eventually(shop.profile, lambda profile: profile["open_carts"] == ["c-1"])
    await shop.fast_forward(HOUR / 2)
    before, details = await shop.profile(), await shop.handle().query("timeline")

    await _roll(shop)
    assert await shop.profile() == before
    assert await shop.handle().query("timeline") == details
    described = await shop.handle().describe()
    assert await described.memo_value("customer_email") == ADA
    assert described.typed_search_attributes[CUSTOMER_STATE] == "VIP"
    assert described.typed_search_attributes[LIFETIME_SPEND] == 601.0

    # Redelivered, past the inbox: an event, and a cart that is older than the known one.
    older = await shop.now() - HOUR
    await shop.signal("order_paid", first)
    await shop.signal("cart_updated", shop.event("CART_UPDATED", at=older, cart={"cart_id": "c-1", "items": [SKILLET]}))
    await shop.quiet()
    assert await shop.profile() == before
    # The same order under another event's id.
    await shop.signal("order_paid", {**first, "event_id": "another id"})
    after = await eventually(shop.profile, lambda profile: profile["revision"] == before["revision"] + 1)
    assert (after["order_count"], after["total_spend"]) == (2, "601.00")


async def test_deadlines_are_absolute(open_shop: Shop) -> None:
    shop = open_shop
    await shop.campaigns("abandoned-cart", "care-guide")
    await shop.order("1", total="300.00")
    await shop.order("2", total="300.00")
    bought = (await shop.until_state("VIP"))["last_order_date"]
    filled = shop.event("CART_UPDATED", at=await shop.now(), cart={"cart_id": "c-1", "items": [SKILLET]})
    await shop.storefront.send(filled)
    for _ in range(3):
        await shop.fast_forward(15 * MINUTE)
        await _roll(shop)
    await shop.fast_forward(HOUR / 2)
    (nudge,) = [message for message in await shop.until_sent(1) if message["status"] == "SENT"]
    assert nudge["due_at"] == datetime.fromisoformat(filled["occurred_at"]) + HOUR

    await shop.fast_forward(4 * DAY)
    (guide,) = [m for m in await shop.until_sent(4) if m["slug"] == "care-guide" and m["status"] == "SENT"]
    assert timedelta() <= guide["sent_at"] - (guide["triggered_at"] + 72 * HOUR) < HOUR
    await _roll(shop)
    await shop.fast_forward(87 * DAY)
    await shop.until_state("AT_RISK")
    (step,) = await shop.rows("SELECT occurred_at FROM state_transitions WHERE to_state = 'AT_RISK'")
    assert step["occurred_at"] == bought + 90 * DAY


async def test_rolls_during_a_burst_lose_nothing(open_shop: Shop) -> None:
    """The server refuses to end a run when a signal has just come: its task is done again, with a signal more."""
    shop = open_shop
    await shop.order("0", total="10.00")
    await shop.until_state("CUSTOMER")
    orders = [
        shop.signal(
            "order_paid",
            shop.event("ORDER_PAID", order={"order_id": f"{number}", "total": "10.00", "currency": "USD"}),
        )
        for number in range(1, 21)
    ]
    for position in (15, 10, 5):
        orders.insert(position, shop.signal("roll", None))
    await asyncio.gather(*orders)
    await _until_count(shop, 21)
    (row,) = await shop.rows("SELECT total_spend::text, order_count FROM customer_profiles")
    assert row == {"total_spend": "210.00", "order_count": 21}


async def test_queued_signals_are_carried_over(
    open_shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop
    monkeypatch.setattr(timeouts, "LOCAL_RETRY", replace(timeouts.LOCAL_RETRY, maximum_attempts=1))
    monkeypatch.setattr(timeouts, "PERSISTENCE_LIMIT", timedelta(seconds=1))
    await shop.order("1", total="10.00")
    await shop.until_state("CUSTOMER")
    with connect(database_url) as connection:
        connection.execute("ALTER TABLE state_transitions RENAME TO away")
        try:
            await shop.order("2", total="10.00")
            await shop.order("3", total="10.00")
            await eventually(shop.profile, lambda profile: profile["trouble"] is not None)
        finally:
            connection.execute("ALTER TABLE away RENAME TO state_transitions")
    # This run would try again in a minute.
    await _roll(shop)
    await _until_count(shop, 3)
    assert (await shop.profile())["trouble"] is None


async def test_the_servers_suggestion_is_followed(impatient_shop: Shop) -> None:
    shop = impatient_shop
    # A message of the next days keeps it from making way because it is idle.
    await shop.campaigns("care-guide")
    async with shop.worker():
        await shop.order("0", total="1.00")
        for number in range(1, 31):
            event = shop.event("ORDER_PAID", order={"order_id": f"{number}", "total": "1.00", "currency": "USD"})
            await shop.storefront.send(event)
            await shop.signal("order_paid", event)
            if number % 3 == 0:
                await _until_count(shop, number + 1)
        runs = await runs_of(shop.client, shop.handle().id)
    assert len(runs) > 2
    assert max(len(run.events) for run in runs) < 2 * SUGGESTED_EVENTS
    (row,) = await shop.rows("SELECT total_spend::text, order_count FROM customer_profiles")
    assert row == {"total_spend": "31.00", "order_count": 31}


async def _until_count(shop: Shop, count: int) -> None:
    await eventually(shop.profile, lambda profile: profile["order_count"] == count)


async def _roll(shop: Shop) -> None:
    """Have the next run take over."""
    before = (await shop.handle().describe()).run_id
    await shop.signal("roll", None)

    async def run_id() -> str | None:
        return (await shop.handle().describe()).run_id

    await eventually(run_id, lambda found: found != before)
