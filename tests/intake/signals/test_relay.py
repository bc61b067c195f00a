"""The relay: what is left is told in order, to each customer in turn, by one relay at a time."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from db.inbox import relay
from db.inbox.arrivals import FIRST_PAUSE, PATIENCE, PendingEvent, mark_signalled
from intake.door.door import Door
from intake.door.incoming import IncomingEvent
from intake.signals.dispatcher import OF_EACH
from intake.signals.housekeeping import Housekeeping
from intake.signals.relay import CUSTOMERS, LEASE, Relay
from intake.signals.signalling import Signalling, SignalResult
from tests.fixtures.shop import Shop, eventually
from tests.intake.conftest import ADA, BOB, KEY, NOON, Counter, Recorded, whose


class Watched(Recorded):
    """Remembers besides, when two relays tell one customer something at the same time."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__()
        self.engine = engine
        self.by_customer: dict[str | None, list[str]] = defaultdict(list)
        self.busy: set[str | None] = set()
        self.clashes = 0

    async def tell(self, events: Sequence[PendingEvent]) -> SignalResult:
        customer = events[0].customer_id
        self.clashes += customer in self.busy
        self.busy.add(customer)
        await asyncio.sleep(0.002)
        told = await super().tell(events)
        self.by_customer[customer] += told.signalled
        self.busy.discard(customer)
        return told


@pytest.fixture
def left(counter: Counter) -> Counter:
    """A counter whose events are left to the relay."""
    counter.door = Door(counter.engine, identity_key=KEY, currency="USD")
    return counter


def build(counter: Counter, signalling: Signalling) -> Relay:
    """A relay on the counter's inbox."""
    return Relay(counter.engine, signalling, Housekeeping(counter.engine, timedelta(days=30)))


async def test_one_customers_events_are_told_in_the_order_of_arrival(left: Counter) -> None:
    events = [left.order(f"{number}") for number in range(20)]
    for event in events:
        await left.tell(event)
    signalling = Recorded()
    assert await build(left, signalling).round() == 20
    assert signalling.told == [event["event_id"] for event in events]
    assert await build(left, signalling).round() == 0


async def test_signalled_is_not_applied_and_told_again_after_a_while(left: Counter) -> None:
    order, cart = left.order("1"), left.cart("c-2")
    await left.tell(order, cart)
    signalling = Recorded()
    await build(left, signalling).round()
    assert await left.statuses() == {order["event_id"]: "RECEIVED", cart["event_id"]: "SIGNALLED"}
    for attempt in (1, 2, 3):
        assert (await left.row(order))["attempts"] == attempt
        assert await build(left, signalling).round() == 0
        await _time_passes(left)
        before = await _time(left)
        assert await build(left, signalling).round() == 1
        rest = (await left.row(order))["signal_after"]
        assert before + PATIENCE * 2**attempt <= rest <= await _time(left) + PATIENCE * 2**attempt
    assert signalling.told == [order["event_id"], cart["event_id"], *[order["event_id"]] * 3]


async def test_temporals_trouble_with_one_customer_is_waited_out_longer_each_time(left: Counter) -> None:
    of_ada, of_bob = left.order("1"), left.order("2", BOB)
    await left.tell(of_ada, of_bob)
    signalling = Recorded()
    signalling.troubled = {whose(ADA)}
    for attempt in range(3):
        before = await _time(left)
        assert await build(left, signalling).round() == (2 if attempt == 0 else 1)
        row = await left.row(of_ada)
        assert (row["attempts"], row["last_error"], row["status"]) == (attempt + 1, "Temporal: unavailable", "RECEIVED")
        pause = FIRST_PAUSE * 2**attempt
        assert before + pause <= row["signal_after"] <= await _time(left) + pause
        await left.run("UPDATE event_inbox SET signal_after = now() WHERE event_id = :id", id=of_ada["event_id"])
    assert signalling.told == [of_bob["event_id"]]
    signalling.troubled = set()
    await build(left, signalling).round()
    assert signalling.told == [of_bob["event_id"], of_ada["event_id"]]
    assert (await left.row(of_ada))["last_error"] is None


async def test_nothing_overtakes_an_event_that_has_to_wait(left: Counter) -> None:
    first, later = left.order("1"), left.order("2")
    await left.tell(first)
    signalling = Recorded()
    signalling.troubled = {whose(ADA)}
    await build(left, signalling).round()
    await left.tell(later)
    signalling.troubled = set()
    assert await build(left, signalling).round() == 0
    await _time_passes(left)
    await build(left, signalling).round()
    assert signalling.told == [first["event_id"], later["event_id"]]


@pytest.mark.parametrize("relays", [2, 3])
async def test_relays_side_by_side_never_tell_one_customer_at_once_nor_out_of_order(left: Counter, relays: int) -> None:
    emails = [f"customer-{number}@example.com" for number in range(150)]
    events = [left.order(f"{turn}-{email}", email) for turn in range(8) for email in emails]
    await left.tell(*events)
    signalling = Watched(left.engine)
    many = [build(left, signalling) for _ in range(relays)]

    async def drain(one: Relay) -> None:
        while await one.round():
            # The workflows apply at once what they are told.
            await left.run("UPDATE event_inbox SET status = 'APPLIED' WHERE attempts > 0 AND status = 'RECEIVED'")

    told_before = 0
    while "RECEIVED" in (await left.statuses()).values():
        await asyncio.gather(*map(drain, many))
        told_now, told_before = signalling.told[told_before:], len(signalling.told)
        assert len(set(told_now)) == len(told_now)
        # A mark passes by a row that another relay's claim is looking at; it is told again after the lease.
        await _time_passes(left, LEASE)
    assert signalling.clashes == 0
    for email in emails:
        expected = [event["event_id"] for event in events if event["customer_email"] == email]
        assert list(dict.fromkeys(signalling.by_customer[whose(email)])) == expected


async def test_a_hot_customer_gets_one_turn_like_everybody(left: Counter) -> None:
    await left.tell(*(left.order(f"{number}", "hot@example.com") for number in range(1000)))
    await left.tell(*(left.order(f"{number}", "hot@example.com") for number in range(1000, 2000)))
    others = [left.order(f"of-{number}", f"customer-{number}@example.com") for number in range(200)]
    await left.tell(*others)
    signalling = Watched(left.engine)
    rounds = 0
    while not {event["event_id"] for event in others} <= set(signalling.told):
        await build(left, signalling).round()
        rounds += 1
    assert rounds == -(-201 // CUSTOMERS)
    assert len(signalling.by_customer[whose("hot@example.com")]) == OF_EACH


async def test_a_dead_relays_customers_are_anothers_after_its_lease(left: Counter) -> None:
    order = left.order("1")
    await left.tell(order)
    (claimed,) = await relay.claim(left.engine, customers=5, of_each=5, lease=LEASE)
    assert claimed.event_id == order["event_id"]
    signalling = Recorded()
    assert await build(left, signalling).round() == 0
    await _time_passes(left, LEASE)
    assert await build(left, signalling).round() == 1


async def test_what_somebody_took_in_to_signal_at_once_is_left_to_them_for_a_moment(counter: Counter) -> None:
    order = counter.order("1")
    await counter.tell(order)
    signalling = Recorded()
    assert await build(counter, signalling).round() == 0
    await _time_passes(counter)
    assert await build(counter, signalling).round() == 1


async def test_a_superseded_word_ends_with_the_one_that_is_told_instead(left: Counter) -> None:
    carts = [left.cart("c-1", at=_minute(number)) for number in range(3)]
    await left.tell(*carts)
    signalling = Recorded()
    await build(left, signalling).round()
    assert signalling.told == [carts[2]["event_id"]]
    assert list((await left.statuses()).values()) == ["SKIPPED", "SKIPPED", "SIGNALLED"]


async def test_a_mark_waits_for_nobody(left: Counter) -> None:
    """A row that is being written is being applied; waiting for it could wait in a circle."""
    orders = [left.order(f"{number}") for number in range(2)]
    await left.tell(*orders)
    writing = left.engine.execution_options(isolation_level="READ COMMITTED")
    async with writing.begin() as connection:
        await connection.exec_driver_sql(
            "SELECT FROM event_inbox WHERE event_id = %s FOR UPDATE", (orders[0]["event_id"],)
        )
        async with asyncio.timeout(5):
            await mark_signalled(left.engine, [event["event_id"] for event in orders])
            assert await relay.claim(left.engine, customers=5, of_each=5, lease=LEASE) == ()
    assert [row["attempts"] for row in await left.rows("SELECT attempts FROM event_inbox ORDER BY sequence")] == [0, 1]


@pytest.mark.parametrize("body", ["null", "{}", '{"type": "ORDER_PAID"}', '{"type": "NEWS"}'])
async def test_a_row_that_cannot_be_read_blocks_nobody_and_needs_somebody(open_shop: Shop, body: str) -> None:
    shop = open_shop
    assert shop.settings.identity_key is not None
    door = Door(shop.engine, identity_key=shop.settings.identity_key.get_secret_value().encode(), currency="USD")
    events = [_order(shop, ADA, "1"), _order(shop, ADA, "2"), _order(shop, BOB, "3")]
    await door.accept([IncomingEvent(event) for event in events], source="test")
    await shop.rows(
        "UPDATE event_inbox SET body = CAST(CAST(:body AS text) AS jsonb) WHERE event_id = :id RETURNING 1",
        body=body,
        id=events[0]["event_id"],
    )
    await _relay_of(shop, shop.client).round()
    rows = await eventually(
        # A workflow that opens before the relay has refused the row refuses it too, as a row of its own.
        lambda: shop.rows("SELECT status, last_error FROM event_inbox WHERE source = 'test' ORDER BY sequence"),
        lambda rows: [row["status"] for row in rows] == ["REFUSED", "APPLIED", "APPLIED"],
    )
    assert rows[0]["last_error"] == "cannot be read by this release"


async def test_whatever_goes_wrong_with_one_customer_holds_up_nobody_else(left: Counter) -> None:
    class Broken(Signalling):
        async def _tell(self, client: Client, event: PendingEvent) -> None:
            if event.customer_id == whose(ADA):
                raise ZeroDivisionError

    async def connected() -> Client:
        return cast(Client, None)

    of_ada, of_bob = left.order("1"), left.order("2", BOB)
    await left.tell(of_ada, of_bob)
    await build(left, Broken(connected, "nobody's")).round()
    rows = [await left.row(event) for event in (of_ada, of_bob)]
    assert [(row["attempts"], row["last_error"]) for row in rows] == [(1, "failed with ZeroDivisionError"), (1, None)]
    assert rows[0]["signal_after"] < rows[1]["signal_after"]


async def test_a_whole_shops_request_has_no_customer_and_is_claimed_too(left: Counter) -> None:
    await left.run(
        "INSERT INTO event_inbox (event_id, type, status, body) VALUES ('shop', 'SHOP_ERASURE_REQUESTED', 'RECEIVED', "
        """'{"requested_by": "shopify", "occurred_at": "2026-11-22T12:00:00Z"}')"""
    )
    await left.tell(left.order("1"))
    claimed = await relay.claim(left.engine, customers=5, of_each=5, lease=LEASE)
    assert {event.type for event in claimed} == {"SHOP_ERASURE_REQUESTED", "ORDER_PAID"}


async def test_it_drains_what_a_crash_left_and_the_workflows_apply_it(open_shop: Shop) -> None:
    shop = open_shop
    assert shop.settings.identity_key is not None
    door = Door(shop.engine, identity_key=shop.settings.identity_key.get_secret_value().encode(), currency="USD")
    events = [_order(shop, f"left-{number % 5}@example.com", f"{number}") for number in range(30)]
    await door.accept([IncomingEvent(event) for event in events], source="test")
    relaying = asyncio.create_task(_relay_of(shop, shop.client).run())
    await eventually(
        lambda: shop.rows("SELECT count(*) FILTER (WHERE status = 'APPLIED') AS applied FROM event_inbox"),
        lambda rows: rows[0]["applied"] == 30,
    )
    relaying.cancel()
    with suppress(asyncio.CancelledError):
        await relaying
    (figures,) = await shop.rows("SELECT sum(order_count) AS orders, max(total_spend) AS spend FROM customer_profiles")
    assert (figures["orders"], str(figures["spend"])) == (30, "120.00")


def _order(shop: Shop, email: str, order_id: str) -> dict[str, object]:
    return shop.event("ORDER_PAID", email, order={"order_id": order_id, "total": "20.00", "currency": "USD"})


def _relay_of(shop: Shop, client: Client) -> Relay:
    async def connected() -> Client:
        return client

    signalling = Signalling(connected, shop.settings.task_queue)
    return Relay(shop.engine, signalling, Housekeeping(shop.engine, timedelta(days=30)))


def _minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


async def _time(counter: Counter) -> datetime:
    (row,) = await counter.rows("SELECT clock_timestamp() AS now")
    at: datetime = row["now"]
    return at


async def _time_passes(counter: Counter, span: timedelta = timedelta(hours=2)) -> None:
    await counter.run("UPDATE event_inbox SET signal_after = signal_after - CAST(:span AS interval)", span=span)
