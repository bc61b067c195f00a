"""The relay: what is left is signalled in order, each customer in turn, by one relay at a time."""

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
from tests.intake.conftest import ADA, BOB, KEY, NOON, Counter, RecordedSignalling, id_of


class Watched(RecordedSignalling):
    """Records when two relays signal one customer at the same time."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__()
        self.engine = engine
        self.by_customer: dict[str | None, list[str]] = defaultdict(list)
        self.busy: set[str | None] = set()
        self.clashes = 0

    async def signal_all(self, events: Sequence[PendingEvent]) -> SignalResult:
        customer = events[0].customer_id
        self.clashes += customer in self.busy
        self.busy.add(customer)
        await asyncio.sleep(0.002)
        result = await super().signal_all(events)
        self.by_customer[customer] += result.signalled
        self.busy.discard(customer)
        return result


@pytest.fixture
def left(counter: Counter) -> Counter:
    """A counter whose events are left to the relay."""
    counter.door = Door(counter.engine, identity_key=KEY, currency="USD")
    return counter


def build(counter: Counter, signalling: Signalling) -> Relay:
    """A relay on the counter's inbox."""
    return Relay(counter.engine, signalling, Housekeeping(counter.engine, timedelta(days=30)))


async def test_one_customers_events_are_signalled_in_the_order_of_arrival(left: Counter) -> None:
    events = [left.order(f"{number}") for number in range(20)]
    for event in events:
        await left.send(event)
    signalling = RecordedSignalling()
    assert await build(left, signalling).round() == 20
    assert signalling.signalled == [event["event_id"] for event in events]
    assert await build(left, signalling).round() == 0


async def test_a_signalled_event_that_is_not_applied_is_signalled_again_with_back_off(left: Counter) -> None:
    order, cart = left.order("1"), left.cart("c-2")
    await left.send(order, cart)
    signalling = RecordedSignalling()
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
    assert signalling.signalled == [order["event_id"], cart["event_id"], *[order["event_id"]] * 3]


async def test_a_customer_for_whom_temporal_fails_is_retried_with_back_off(left: Counter) -> None:
    of_ada, of_bob = left.order("1"), left.order("2", BOB)
    await left.send(of_ada, of_bob)
    signalling = RecordedSignalling()
    signalling.failing = {id_of(ADA)}
    for attempt in range(3):
        before = await _time(left)
        assert await build(left, signalling).round() == (2 if attempt == 0 else 1)
        row = await left.row(of_ada)
        assert (row["attempts"], row["last_error"], row["status"]) == (attempt + 1, "Temporal: unavailable", "RECEIVED")
        pause = FIRST_PAUSE * 2**attempt
        assert before + pause <= row["signal_after"] <= await _time(left) + pause
        await left.run("UPDATE event_inbox SET signal_after = now() WHERE event_id = :id", id=of_ada["event_id"])
    assert signalling.signalled == [of_bob["event_id"]]
    signalling.failing = set()
    await build(left, signalling).round()
    assert signalling.signalled == [of_bob["event_id"], of_ada["event_id"]]
    assert (await left.row(of_ada))["last_error"] is None


async def test_nothing_overtakes_an_event_that_has_to_wait(left: Counter) -> None:
    first, later = left.order("1"), left.order("2")
    await left.send(first)
    signalling = RecordedSignalling()
    signalling.failing = {id_of(ADA)}
    await build(left, signalling).round()
    await left.send(later)
    signalling.failing = set()
    assert await build(left, signalling).round() == 0
    await _time_passes(left)
    await build(left, signalling).round()
    assert signalling.signalled == [first["event_id"], later["event_id"]]


@pytest.mark.parametrize("relays", [2, 3])
async def test_two_relays_never_signal_one_customer_at_once_nor_out_of_order(left: Counter, relays: int) -> None:
    emails = [f"customer-{number}@example.com" for number in range(150)]
    events = [left.order(f"{turn}-{email}", email) for turn in range(8) for email in emails]
    await left.send(*events)
    signalling = Watched(left.engine)
    many = [build(left, signalling) for _ in range(relays)]

    async def drain(one: Relay) -> None:
        while await one.round():
            # The workflows apply at once what was signalled.
            await left.run("UPDATE event_inbox SET status = 'APPLIED' WHERE attempts > 0 AND status = 'RECEIVED'")

    before = 0
    while "RECEIVED" in (await left.statuses()).values():
        await asyncio.gather(*map(drain, many))
        round_, before = signalling.signalled[before:], len(signalling.signalled)
        assert len(set(round_)) == len(round_)
        # A mark skips a row that another relay's claim has locked; it is signalled again after the lease.
        await _time_passes(left, LEASE)
    assert signalling.clashes == 0
    for email in emails:
        expected = [event["event_id"] for event in events if event["customer_email"] == email]
        assert list(dict.fromkeys(signalling.by_customer[id_of(email)])) == expected


async def test_a_customer_with_many_events_gets_one_turn_like_any_other(left: Counter) -> None:
    await left.send(*(left.order(f"{number}", "hot@example.com") for number in range(1000)))
    await left.send(*(left.order(f"{number}", "hot@example.com") for number in range(1000, 2000)))
    others = [left.order(f"of-{number}", f"customer-{number}@example.com") for number in range(200)]
    await left.send(*others)
    signalling = Watched(left.engine)
    rounds = 0
    while not {event["event_id"] for event in others} <= set(signalling.signalled):
        await build(left, signalling).round()
        rounds += 1
    assert rounds == -(-201 // CUSTOMERS)
    assert len(signalling.by_customer[id_of("hot@example.com")]) == OF_EACH


async def test_another_relay_takes_over_after_the_lease_of_a_dead_one(left: Counter) -> None:
    order = left.order("1")
    await left.send(order)
    (claimed,) = await relay.claim(left.engine, customers=5, of_each=5, lease=LEASE)
    assert claimed.event_id == order["event_id"]
    signalling = RecordedSignalling()
    assert await build(left, signalling).round() == 0
    await _time_passes(left, LEASE)
    assert await build(left, signalling).round() == 1


async def test_an_event_is_left_to_the_process_that_accepted_it_for_the_head_start(counter: Counter) -> None:
    order = counter.order("1")
    await counter.send(order)
    signalling = RecordedSignalling()
    assert await build(counter, signalling).round() == 0
    await _time_passes(counter)
    assert await build(counter, signalling).round() == 1


async def test_a_superseded_cart_update_ends_with_the_one_that_is_signalled_instead(left: Counter) -> None:
    carts = [left.cart("c-1", at=_minute(number)) for number in range(3)]
    await left.send(*carts)
    signalling = RecordedSignalling()
    await build(left, signalling).round()
    assert signalling.signalled == [carts[2]["event_id"]]
    assert list((await left.statuses()).values()) == ["SKIPPED", "SKIPPED", "SIGNALLED"]


async def test_a_mark_does_not_wait_for_a_lock(left: Counter) -> None:
    """A row that is being written is being applied; waiting for it could wait in a circle."""
    orders = [left.order(f"{number}") for number in range(2)]
    await left.send(*orders)
    writing = left.engine.execution_options(isolation_level="READ COMMITTED")
    async with writing.begin() as connection:
        await connection.exec_driver_sql(
            "SELECT FROM event_inbox WHERE event_id = %s FOR UPDATE", (orders[0]["event_id"],)
        )
        async with asyncio.timeout(60):
            await mark_signalled(left.engine, [event["event_id"] for event in orders])
            assert await relay.claim(left.engine, customers=5, of_each=5, lease=LEASE) == ()
    assert [row["attempts"] for row in await left.rows("SELECT attempts FROM event_inbox ORDER BY sequence")] == [0, 1]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("null", "body: must be one JSON object"),
        ("{}", "event_id: is missing"),
        ('{"type": "ORDER_PAID"}', "event_id: is missing"),
        ('{"type": "NEWS"}', "type: is unknown"),
    ],
)
async def test_an_unreadable_row_is_refused_by_its_workflow_and_holds_up_nothing(
    open_shop: Shop, body: str, reason: str
) -> None:
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
        lambda: shop.rows("SELECT status, last_error FROM event_inbox WHERE source = 'test' ORDER BY sequence"),
        lambda rows: [row["status"] for row in rows] == ["REFUSED", "APPLIED", "APPLIED"],
    )
    assert rows[0]["last_error"].startswith(reason)
    parked = (await shop.profile())["not_applied"]
    assert any(one["reason"] == rows[0]["last_error"] for one in parked)
    refused = await shop.rows("SELECT raw FROM event_inbox WHERE status = 'REFUSED' AND raw IS NOT NULL")
    assert {bytes(row["raw"]) for row in refused} == {body.encode()}


async def test_a_row_of_an_unknown_type_is_refused_without_a_signal(left: Counter) -> None:
    event = left.order("1")
    await left.send(event, left.order("2", BOB))
    await left.run("UPDATE event_inbox SET type = 'NEWS' WHERE event_id = :id", id=event["event_id"])

    async def connected() -> Client:
        return cast(Client, None)

    await build(left, Signalling(connected, "unused")).round()
    row = await left.row(event)
    assert (row["status"], row["last_error"]) == ("REFUSED", "cannot be read by this release")


async def test_a_fault_with_one_customer_holds_up_no_other(left: Counter) -> None:
    class Broken(Signalling):
        async def signal(self, event: PendingEvent) -> None:
            if event.customer_id == id_of(ADA):
                raise ZeroDivisionError

    async def connected() -> Client:
        return cast(Client, None)

    of_ada, of_bob = left.order("1"), left.order("2", BOB)
    await left.send(of_ada, of_bob)
    await build(left, Broken(connected, "unused")).round()
    rows = [await left.row(event) for event in (of_ada, of_bob)]
    assert [(row["attempts"], row["last_error"]) for row in rows] == [(1, "failed with ZeroDivisionError"), (1, None)]
    assert rows[0]["signal_after"] < rows[1]["signal_after"]


async def test_a_whole_shops_request_has_no_customer_and_is_claimed_too(left: Counter) -> None:
    await left.run(
        "INSERT INTO event_inbox (event_id, type, status, body) VALUES ('shop', 'SHOP_ERASURE_REQUESTED', 'RECEIVED', "
        """'{"requested_by": "shopify", "occurred_at": "2026-11-22T12:00:00Z"}')"""
    )
    await left.send(left.order("1"))
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
