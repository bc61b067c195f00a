"""Housekeeping of the inbox: waits end, bodies are deleted, ids stay."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import SQLAlchemyError

from db.engine.connections import create_engine
from db.inbox import relay
from intake.door.incoming import EventAccepted, PrivacyRequest, PrivacyRequestType
from intake.signals.housekeeping import ADOPT_EVERY_SECONDS, JUST_NOW, TIDY_EVERY_SECONDS, Housekeeping
from tests.intake.conftest import NOON, Counter

KEPT = timedelta(days=30)


@pytest.mark.parametrize(("days", "status"), [(6.9, "WAITING"), (7.1, "SKIPPED")])
async def test_a_cart_waits_seven_days(counter: Counter, days: float, status: str) -> None:
    cart = counter.cart("c-1", None)
    await counter.send(cart)
    await _days_pass(counter, days)
    await Housekeeping(counter.engine, KEPT).tidy()
    assert (await counter.row(cart))["status"] == status
    assert await counter.send(cart) == (EventAccepted(cart["event_id"], waiting=status == "WAITING"),)


@pytest.mark.parametrize(("days", "status"), [(29.9, "WAITING"), (30.1, "REFUSED")])
async def test_any_other_event_waits_thirty_days(counter: Counter, days: float, status: str) -> None:
    order = counter.order("1", None)
    await counter.send(order)
    await counter.door.request(
        PrivacyRequest(PrivacyRequestType.ERASURE, "ask", NOON, references=("customer/x/1",)), source="x"
    )
    await _days_pass(counter, days)
    await Housekeeping(counter.engine, timedelta(days=60)).tidy()
    assert await counter.statuses() == {order["event_id"]: status, "ask": status}


@pytest.mark.parametrize(("days", "kept"), [(29.9, True), (30.1, False)])
@pytest.mark.parametrize(
    ("status", "for_ever"),
    [
        ("SIGNALLED", False),
        ("SKIPPED", False),
        ("REFUSED", False),
        ("DISCARDED", False),
        ("RECEIVED", True),
        ("APPLIED", True),
    ],
)
async def test_bodies_are_stored_for_thirty_days_and_ids_for_ever(
    counter: Counter, days: float, kept: bool, status: str, for_ever: bool
) -> None:
    event = counter.cart("c-1")
    await counter.send(event)
    await counter.run("UPDATE event_inbox SET status = :status, raw = 'x', mentions = ARRAY['somebody']", status=status)
    await _days_pass(counter, days)
    await Housekeeping(counter.engine, KEPT).tidy()
    row = await counter.row(event)
    there = kept or for_ever
    for column in ("body", "raw", "mentions", "customer_email"):
        assert (row[column] is not None) == there
    assert await counter.send(event) == (EventAccepted(event["event_id"]),)
    assert len(await counter.statuses()) == 1


async def test_many_bodies_are_deleted_in_several_statements(counter: Counter) -> None:
    await counter.send(*(counter.cart(f"c-{number}") for number in range(10)))
    await counter.run("UPDATE event_inbox SET status = 'SIGNALLED'")
    await _days_pass(counter, 31)
    await Housekeeping(counter.engine, KEPT, most_at_once=3).tidy()
    assert await counter.rows("SELECT FROM event_inbox WHERE body IS NOT NULL") == []


async def test_references_to_carts_are_deleted_and_others_never(counter: Counter) -> None:
    await counter.send(counter.order("1", cart_id="c-1"), references=["customer/shopify/7"])
    await counter.run("UPDATE customer_references SET created_at = now() - interval '31 days'")
    await Housekeeping(counter.engine, KEPT).tidy()
    rows = await counter.rows("SELECT reference FROM customer_references ORDER BY reference")
    assert [row["reference"] for row in rows] == ["customer/shopify/7", "order/1"]


async def test_each_task_is_done_when_it_is_due(counter: Counter) -> None:
    house = Housekeeping(counter.engine, KEPT)
    await house.do_what_is_due(0)
    cart, order = counter.cart("c-1", None), counter.order("1", cart_id="c-1")
    await counter.send(cart, order)
    await house.do_what_is_due(ADOPT_EVERY_SECONDS - 1)
    assert (await counter.row(cart))["status"] == "WAITING"
    await house.do_what_is_due(ADOPT_EVERY_SECONDS)
    assert (await counter.row(cart))["status"] == "RECEIVED"
    old = counter.cart("c-2", None)
    await counter.send(old)
    await _days_pass(counter, 8)
    await house.do_what_is_due(TIDY_EVERY_SECONDS - 1)
    assert (await counter.row(old))["status"] == "WAITING"
    await house.do_what_is_due(TIDY_EVERY_SECONDS)
    assert (await counter.row(old))["status"] == "SKIPPED"


async def test_what_was_overlooked_is_adopted_in_the_end(counter: Counter) -> None:
    house = Housekeeping(counter.engine, KEPT)
    cart, order = counter.cart("c-1", None), counter.order("1", cart_id="c-1")
    await counter.send(cart, order)
    await _days_pass(counter, 1)
    assert await relay.adopt(counter.engine, within=JUST_NOW) == 0
    await house.tidy()
    assert (await counter.row(cart))["status"] == "RECEIVED"


async def test_a_task_that_failed_is_not_due_again_before_its_time() -> None:
    nowhere = create_engine("postgresql://nobody@127.0.0.1:1/nothing")
    house = Housekeeping(nowhere, KEPT)
    for seconds in (0, 1):  # the adoption, and then the rest
        with pytest.raises(SQLAlchemyError):
            await house.do_what_is_due(seconds)
    await house.do_what_is_due(2)
    with pytest.raises(SQLAlchemyError):
        await house.do_what_is_due(ADOPT_EVERY_SECONDS)
    await nowhere.dispose()


async def _days_pass(counter: Counter, days: float) -> None:
    await counter.run(
        "UPDATE event_inbox SET received_at = received_at - CAST(:span AS interval)", span=timedelta(days=days)
    )
