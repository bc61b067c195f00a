"""The dispatcher: signals at once, and marks together; what it cannot do is left in the inbox for the relay."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from temporalio.client import Client

from db.engine.connections import create_engine
from db.inbox.arrivals import PendingEvent
from intake.door.door import Door
from intake.door.incoming import IncomingEvent
from intake.signals import dispatcher
from intake.signals.dispatcher import OF_EACH, Dispatcher, DispatchLimits
from intake.signals.housekeeping import Housekeeping
from intake.signals.relay import Relay
from intake.signals.signalling import Signalling, SignalResult
from intake.signals.temporal_client import TemporalClient
from tests.fixtures.shop import Shop, eventually
from tests.intake.conftest import ADA, BOB, KEY, Counter, RecordedSignalling, id_of


class Slow(RecordedSignalling):
    """Takes its time, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.turns: list[tuple[str | None, int]] = []

    async def signal_all(self, events: Sequence[PendingEvent]) -> SignalResult:
        await self.go.wait()
        await asyncio.sleep(0.001)
        self.turns.append((events[0].customer_id, len(events)))
        return await super().signal_all(events)


async def test_offered_events_are_signalled_in_order_and_marked_on_leaving(counter: Counter) -> None:
    signalling = RecordedSignalling()
    async with Dispatcher(counter.engine, signalling) as dispatching:
        counter.door = Door(counter.engine, identity_key=KEY, currency="USD", signals=dispatching)
        events = [counter.cart(f"c-{number}") for number in range(5)]
        for event in events:
            await counter.send(event)
    assert signalling.signalled == [event["event_id"] for event in events]
    assert set((await counter.statuses()).values()) == {"SIGNALLED"}


async def test_a_burst_of_cart_updates_that_waits_is_one_signal(counter: Counter) -> None:
    signalling = Slow()
    async with Dispatcher(counter.engine, signalling) as dispatching:
        await counter.send(counter.order("1"))
        dispatching.offer(counter.offered)
        await asyncio.sleep(0)
        counter.offered.clear()
        carts = [{**counter.cart("c-1"), "occurred_at": f"2026-11-22T12:0{minute}:00Z"} for minute in range(4)]
        await counter.send(*carts)
        dispatching.offer(counter.offered)
        signalling.go.set()
    assert signalling.signalled[-1] == carts[-1]["event_id"]
    assert list((await counter.statuses()).values()) == ["RECEIVED", *["SKIPPED"] * 3, "SIGNALLED"]


async def test_a_customer_with_many_events_holds_up_no_other(counter: Counter) -> None:
    signalling = Slow()
    async with Dispatcher(counter.engine, signalling, DispatchLimits(customers_at_once=1)) as dispatching:
        dispatching.offer(_order(number, ADA) for number in range(3 * OF_EACH))
        dispatching.offer(_order(number, BOB) for number in range(3))
        signalling.go.set()
    assert signalling.turns == [(id_of(ADA), OF_EACH), (id_of(BOB), 3), (id_of(ADA), OF_EACH), (id_of(ADA), OF_EACH)]


async def test_what_does_not_fit_or_waited_too_long_is_left_to_the_relay(counter: Counter) -> None:
    limits = DispatchLimits(events_held=3, head_start=timedelta())
    signalling = RecordedSignalling()
    async with Dispatcher(counter.engine, signalling, limits) as dispatching:
        dispatching.offer(_order(number, ADA) for number in range(5))
        assert dispatching.held == 3
        await asyncio.sleep(0.01)
    assert signalling.signalled == []


async def test_leaving_does_not_wait_for_ever(counter: Counter) -> None:
    order = counter.order("1")
    await counter.send(order)
    async with (
        asyncio.timeout(60),
        Dispatcher(counter.engine, Slow(), DispatchLimits(drain_seconds=0.1)) as dispatching,
    ):
        dispatching.offer(counter.offered)
    row = await counter.row(order)
    assert (row["status"], row["attempts"]) == ("RECEIVED", 0)


async def test_while_temporal_is_away_events_are_left_to_the_relay(
    open_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    unavailable = Signalling(TemporalClient({}), shop.settings.task_queue)
    events = [_of_shop(shop, f"away-{number % 3}@example.com", f"{number}") for number in range(6)]
    async with Dispatcher(shop.engine, unavailable) as dispatching:
        await _door(shop, dispatching).accept([IncomingEvent(event) for event in events], source="test")
    rows = await shop.rows("SELECT status, last_error, attempts FROM event_inbox")
    assert {(row["status"], row["last_error"], row["attempts"]) for row in rows} == {
        ("RECEIVED", "Temporal: unavailable", 1)
    }
    await _relay_until_applied(shop, 6)


async def test_while_marks_cannot_be_stored_nothing_is_lost(open_shop: Shop) -> None:
    shop, nowhere = open_shop, create_engine("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(OperationalError):
        await dispatcher.mark(nowhere, [SignalResult(("e-1",))])
    events = [_of_shop(shop, ADA, "1"), _of_shop(shop, BOB, "2")]
    async with Dispatcher(nowhere, _signalling(shop)) as dispatching:
        await _door(shop, dispatching).accept([IncomingEvent(event) for event in events], source="test")
    rows = await eventually(
        lambda: shop.rows("SELECT status, attempts FROM event_inbox"),
        lambda rows: all(row["status"] == "APPLIED" for row in rows),
    )
    assert [row["attempts"] for row in rows] == [0, 0]
    await nowhere.dispose()


def _order(number: int, email: str) -> PendingEvent:
    return PendingEvent(f"{email}-{number}", id_of(email), email, "ORDER_PAID", "{}")


def _of_shop(shop: Shop, email: str, order_id: str) -> dict[str, object]:
    return shop.event("ORDER_PAID", email, order={"order_id": order_id, "total": "20.00", "currency": "USD"})


def _door(shop: Shop, dispatching: Dispatcher) -> Door:
    assert shop.settings.identity_key is not None
    key = shop.settings.identity_key.get_secret_value().encode()
    return Door(shop.engine, identity_key=key, currency="USD", signals=dispatching)


def _signalling(shop: Shop) -> Signalling:
    async def connected() -> Client:
        return shop.client

    return Signalling(connected, shop.settings.task_queue)


async def _relay_until_applied(shop: Shop, events: int) -> None:
    relaying = asyncio.create_task(
        Relay(shop.engine, _signalling(shop), Housekeeping(shop.engine, timedelta(days=30))).run()
    )
    await eventually(
        lambda: shop.rows("SELECT count(*) AS applied FROM event_inbox WHERE status = 'APPLIED'"),
        lambda rows: rows[0]["applied"] == events,
    )
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
