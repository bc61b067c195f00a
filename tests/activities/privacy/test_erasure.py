"""An erasure on the real server and PostgreSQL: nothing is left, whatever was under way, and a receipt says so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities.privacy import CustomerRuns
from activities.privacy.messages import erasure_id
from db.customers import imports, tombstones
from db.customers.erasure import ERASED_TABLES
from db.inbox import arrivals as inbox
from intake.signals.customer_workflows import RunningCustomers
from tests.activities.privacy.erasing import begin, end, erase, until_pause
from tests.activities.privacy.traces import traces
from tests.fixtures.postgres import connect
from tests.fixtures.shop import ADA, SKILLET, Shop, eventually
from workflows.names import ROLL_SIGNAL

PHONE = "+14155552671"
NAME = "Ada Lovelace"
BOB = "bob@example.net"
CANCEL_WHAT_WAITS = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


async def test_no_word_of_a_customer_is_left_anywhere(open_shop: Shop) -> None:
    shop = open_shop
    await shop.campaigns("order-confirmation", "care-guide")
    await _live(shop)
    await shop.order("bob-1", email=BOB)
    await shop.until_sent(1, BOB)
    before = await traces(shop, ADA, PHONE, NAME)
    assert set(before) >= {"customer_profiles", "event_inbox", "communications_log", "rendered_messages"}
    assert shop.handle().id in before
    others = await traces(shop, BOB)
    runs = await CustomerRuns(shop.client).find(shop.storefront.customer_id(ADA))
    assert len(runs) >= 3

    receipt = await erase(shop)
    assert await traces(shop, ADA, PHONE, NAME) == []
    assert await traces(shop, BOB) == others

    assert receipt.receipt is not None
    assert receipt.completed_at is not None
    assert (receipt.requested_by, receipt.returned_at) == ("a test", None)
    assert set(receipt.receipt["runs"]) >= runs
    assert all(receipt.receipt["rows"][table] for table in ERASED_TABLES)
    proof = receipt.receipt["proof"]
    assert (proof["rows"], proof["runs"]) == (dict.fromkeys(ERASED_TABLES, 0), 0)
    left = await shop.rows("SELECT channel, reason, source FROM suppressions ORDER BY channel")
    assert left == [{"channel": channel, "reason": "unsubscribe", "source": "erasure"} for channel in ("EMAIL", "SMS")]


async def test_what_was_being_written_when_the_tombstone_was_is_found_afterwards(open_shop: Shop) -> None:
    """A statement that began before it and ended after everything had been deleted once."""
    shop = open_shop
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    until_pause_of = await begin(shop)
    await until_pause(until_pause_of)
    assert await traces(shop, ADA) == []
    customer = shop.storefront.customer_id(ADA)
    await shop.rows(
        "INSERT INTO customer_profiles (customer_email, customer_id) VALUES (:email, :id) RETURNING customer_id",
        email=ADA,
        id=customer,
    )
    await shop.rows(
        "INSERT INTO event_inbox (event_id, customer_id, customer_email, occurred_at, type, status) "
        "VALUES ('in flight', :id, :email, now() - interval '1 hour', 'VISITED', 'RECEIVED') RETURNING event_id",
        email=ADA,
        id=customer,
    )
    receipt = await end(shop)
    assert await traces(shop, ADA) == []
    assert receipt.receipt is not None
    assert receipt.receipt["rows"]["customer_profiles"] == 2


@pytest.mark.slow
async def test_signals_around_the_door_during_and_after_leave_no_run_and_no_row(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    erasure = await begin(shop)
    for number in range(5):
        await _around_the_door(shop, f"during-{number}")
    await until_pause(erasure)
    await _around_the_door(shop, "in the pause")
    first = await end(shop)
    assert await traces(shop, ADA) == []

    await _around_the_door(shop, "after")
    await eventually(lambda: _ended_again(shop, first), bool)
    again = await end(shop)
    assert await traces(shop, ADA) == []
    assert again.receipt is not None
    assert first.receipt is not None
    assert (again.erased_at, again.requested_by) == (first.erased_at, first.requested_by)
    assert len(again.receipt["runs"]) > len(first.receipt["runs"])


@pytest.mark.slow
async def test_a_late_signal_with_a_cancellation_leaves_nothing_either(shop: Shop) -> None:
    async with shop.worker():
        first = await erase(shop)
    await _around_the_door(shop, "late")
    await shop.handle().cancel()
    async with shop.worker():
        await eventually(lambda: _ended_again(shop, first), bool)
        await end(shop)
    assert await traces(shop, ADA) == []


async def test_a_worker_that_ends_in_the_middle_is_followed_by_another(shop: Shop, database_url: str) -> None:
    async with shop.worker():
        await shop.order("1")
        await shop.until_state("CUSTOMER")
    with connect(database_url) as held:
        held.autocommit = False
        held.execute("SELECT FROM customer_profiles FOR UPDATE")
        async with shop.worker():
            await begin(shop)
            await eventually(lambda: _rows_are_being_deleted(shop), bool)
            with connect(database_url) as administrator:
                # The attempt fails, and the next one, a second later, is another worker's.
                administrator.execute(CANCEL_WHAT_WAITS)
        held.rollback()
    assert await shop.rows("SELECT FROM customer_profiles") != []
    async with shop.worker():
        await end(shop)
    assert await traces(shop, ADA) == []


async def test_erasing_twice_keeps_both_receipts(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    first = await erase(shop, requested_by="the first")
    await shop.order("2")
    await shop.until_state("CUSTOMER")
    second = await erase(shop, requested_by="the second")
    assert second.erased_at > first.erased_at
    assert second.returned_at is None
    assert second.receipt is not None
    assert [receipt["requested_by"] for receipt in (second.receipt, *second.receipt["earlier"])] == [
        "the second",
        "the first",
    ]
    assert second.receipt["earlier"] == [first.receipt]
    assert await traces(shop, ADA) == []


async def test_somebody_unknown_can_be_erased_and_stays_so(open_shop: Shop) -> None:
    shop = open_shop
    event = shop.event("VISITED")
    receipt = await erase(shop)
    assert receipt.receipt is not None
    assert not any(receipt.receipt["rows"].values())
    assert receipt.receipt["runs"] == []
    await shop.storefront.send(event)
    assert await shop.rows("SELECT FROM customer_profiles") == []


async def test_what_a_fast_forwarded_customer_did_is_past(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    await shop.fast_forward(timedelta(days=100))
    await shop.order("2")
    await shop.until_state("REPEAT")
    receipt = await erase(shop)
    assert receipt.erased_at > datetime.now(UTC) + timedelta(days=99)


async def test_that_it_was_requested_stays_without_saying_for_whom(open_shop: Shop) -> None:
    shop = open_shop
    request = inbox.NewEvent(
        event_id="shopify:redact:1",
        type="ERASURE_REQUESTED",
        occurred_at=datetime.now(UTC),
        body='{"requested_by": "shopify"}',
        customer_id=shop.storefront.customer_id(ADA),
        customer_email=None,
        request=True,
    )
    await inbox.accept(shop.engine, [request], source="shopify", head_start=timedelta())
    await erase(shop)
    (row,) = await shop.rows("SELECT event_id, type, status, customer_id, body FROM event_inbox")
    assert row == {
        "event_id": "shopify:redact:1",
        "type": "ERASURE_REQUESTED",
        "status": "APPLIED",
        "customer_id": None,
        "body": None,
    }


@pytest.mark.parametrize("reason", ["hard_bounce", "complaint"])
async def test_every_suppression_becomes_one_that_a_consent_lifts(open_shop: Shop, reason: str) -> None:
    shop = open_shop
    await shop.rows(
        "INSERT INTO suppressions (customer_id, channel, reason, source) VALUES (:id, 'EMAIL', :reason, 'x') "
        "RETURNING channel",
        id=shop.storefront.customer_id(ADA),
        reason=reason,
    )
    await erase(shop)
    assert [row["reason"] for row in await shop.rows("SELECT reason FROM suppressions")] == ["unsubscribe"] * 2
    await shop.order("1")
    assert [row["channel"] for row in await shop.rows("SELECT channel FROM suppressions")] == ["SMS"]


async def test_a_suppression_that_came_since_the_tombstone_holds(open_shop: Shop) -> None:
    shop = open_shop
    customer = shop.storefront.customer_id(ADA)
    erasure = await begin(shop)
    await until_pause(erasure)
    row = {"customer_id": customer, "channel": "EMAIL", "reason": "complaint", "at": datetime.now(UTC)}
    await imports.suppress(shop.engine, [row], ["unsubscribe", "complaint"])
    await end(shop)
    left = await shop.rows("SELECT channel, reason FROM suppressions ORDER BY channel")
    assert left == [{"channel": "EMAIL", "reason": "complaint"}, {"channel": "SMS", "reason": "unsubscribe"}]


async def _live(shop: Shop) -> None:
    """A life of three runs, in which every table learns something."""
    customer = shop.storefront.customer_id(ADA)
    order = {"order_id": "ada-1", "total": "199.00", "currency": "USD", "items": [SKILLET]}
    await shop.send("ORDER_PAID", consent={"email": True}, order=order, name=NAME, phone=PHONE)
    await shop.until_sent(1)
    await shop.cart("ada-c", SKILLET)
    first = (await shop.handle().describe()).run_id
    await shop.signal(ROLL_SIGNAL, None)

    async def run_id() -> str | None:
        return (await shop.handle().describe()).run_id

    await eventually(run_id, lambda found: found != first)
    await shop.signal("order_paid", {"no": "order", "from": ADA})
    await eventually(lambda: _refused(shop), bool)
    await shop.quiet()
    await shop.handle().terminate()
    await shop.order("ada-2")
    await shop.until_state("REPEAT")
    await inbox.keep(
        shop.engine,
        event_id="shopify:raw:1",
        reason="is not JSON",
        raw=f"From: {NAME} <{ADA.upper()}>".encode(),
        mentions=[customer],
        source="shopify",
        topic="orders/paid",
        now=datetime.now(UTC),
    )
    sent = (await shop.until_sent(2))[0]
    await shop.rows(
        "INSERT INTO message_events (message_key, kind, is_machine, occurred_at) "
        "VALUES (:key, 'OPEN', false, now()) RETURNING id",
        key=sent["message_key"],
    )
    await shop.rows(
        "INSERT INTO suppressions (customer_id, channel, reason, source) "
        "VALUES (:id, 'SMS', 'manual', :source) RETURNING channel",
        id=customer,
        source=f"a call from {PHONE}",
    )


async def _around_the_door(shop: Shop, order_id: str) -> None:
    """A signal that no inbox knows, starting the customer's workflow where there is none."""
    order = {"order_id": order_id, "total": "10.00", "currency": "USD"}
    event = shop.event("ORDER_PAID", name=NAME, phone=PHONE, order=order)
    await RunningCustomers(shop.skipper.client, shop.settings.task_queue).start(
        shop.storefront.customer_id(ADA), ADA, "order_paid", event
    )


async def _ended_again(shop: Shop, before: tombstones.StoredErasure) -> bool:
    """Whether another erasure than `before` was begun."""
    found = await tombstones.read(shop.engine, shop.storefront.customer_id(ADA))
    return found is not None and found.completed_at != before.completed_at


async def _refused(shop: Shop) -> list[dict[str, Any]]:
    return await shop.rows("SELECT event_id FROM event_inbox WHERE status = 'REFUSED'")


async def _rows_are_being_deleted(shop: Shop) -> bool:
    handle = shop.client.get_workflow_handle(erasure_id(shop.storefront.customer_id(ADA)))
    pending = (await handle.describe()).raw_description.pending_activities
    return [activity.activity_type.name for activity in pending] == ["delete_rows"]
