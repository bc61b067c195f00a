"""What time does to the inbox: waits end, bodies are forgotten, ids stay."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import SQLAlchemyError

from db.inbox import relay
from intake.door.incoming import EventAccepted, PrivacyRequest, PrivacyRequestType
from intake.signals.housekeeping import ADOPT_EVERY_SECONDS, JUST_NOW, TIDY_EVERY_SECONDS, Housekeeping
from tests.intake.conftest import NOON, Counter

KEPT = timedelta(days=30)


@pytest.mark.parametrize(("days", "status"), [(6.9, "WAITING"), (7.1, "SKIPPED")])
async def test_a_cart_waits_seven_days(counter: Counter, days: float, status: str) -> None:
    cart = counter.cart("c-1", None)
    await counter.tell(cart)
    await _days_pass(counter, days)
    await Housekeeping(counter.engine, KEPT).tidy()
    assert (await counter.row(cart))["status"] == status
    assert await counter.tell(cart) == (EventAccepted(cart["event_id"], waiting=status == "WAITING"),)


@pytest.mark.parametrize(("days", "status"), [(29.9, "WAITING"), (30.1, "REFUSED")])
async def test_anything_else_waits_thirty_and_needs_somebody_then(counter: Counter, days: float, status: str) -> None:
    order = counter.order("1", None)
    await counter.tell(order)
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
async def test_bodies_are_kept_thirty_days_and_ids_for_ever(
    counter: Counter, days: float, kept: bool, status: str, for_ever: bool
) -> None:
    event = counter.cart("c-1")
    await counter.tell(event)
    await counter.run("UPDATE event_inbox SET status = :status, raw = 'x', mentions = ARRAY['somebody']", status=status)
    await _days_pass(counter, days)
    await Housekeeping(counter.engine, KEPT).tidy()
    row = await counter.row(event)
    there = kept or for_ever
    for column in ("body", "raw", "mentions", "customer_email"):
        assert (row[column] is not None) == there
    assert await counter.tell(event) == (EventAccepted(event["event_id"]),)
    assert len(await counter.statuses()) == 1


async def test_many_bodies_are_forgotten_a_statement_at_a_time(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.signals.housekeeping.MOST_FORGOTTEN", 3)
    await counter.tell(*(counter.cart(f"c-{number}") for number in range(10)))
    await counter.run("UPDATE event_inbox SET status = 'SIGNALLED'")
    await _days_pass(counter, 31)
    await Housekeeping(counter.engine, KEPT).tidy()
    assert await counter.rows("SELECT FROM event_inbox WHERE body IS NOT NULL") == []


async def test_whose_cart_it_was_is_forgotten_and_who_somebody_is_never(counter: Counter) -> None:
    await counter.tell(counter.order("1", cart_id="c-1"), names=["customer/shopify/7"])
    await counter.run("UPDATE customer_references SET created_at = now() - interval '31 days'")
    await Housekeeping(counter.engine, KEPT).tidy()
    rows = await counter.rows("SELECT reference FROM customer_references ORDER BY reference")
    assert [row["reference"] for row in rows] == ["customer/shopify/7", "order/1"]


async def test_each_thing_is_done_in_its_time(counter: Counter) -> None:
    house = Housekeeping(counter.engine, KEPT)
    await house.do_what_is_due(0)
    cart, order = counter.cart("c-1", None), counter.order("1", cart_id="c-1")
    await counter.tell(cart, order)
    await house.do_what_is_due(ADOPT_EVERY_SECONDS - 1)
    assert (await counter.row(cart))["status"] == "WAITING"
    await house.do_what_is_due(ADOPT_EVERY_SECONDS)
    assert (await counter.row(cart))["status"] == "RECEIVED"
    old = counter.cart("c-2", None)
    await counter.tell(old)
    await _days_pass(counter, 8)
    await house.do_what_is_due(TIDY_EVERY_SECONDS - 1)
    assert (await counter.row(old))["status"] == "WAITING"
    await house.do_what_is_due(TIDY_EVERY_SECONDS)
    assert (await counter.row(old))["status"] == "SKIPPED"


async def test_what_was_overlooked_is_found_in_the_end(counter: Counter) -> None:
    house = Housekeeping(counter.engine, KEPT)
    cart, order = counter.cart("c-1", None), counter.order("1", cart_id="c-1")
    await counter.tell(cart, order)
    await _days_pass(counter, 1)
    assert await relay.adopt(counter.engine, within=JUST_NOW) == 0
    await house.tidy()
    assert (await counter.row(cart))["status"] == "RECEIVED"


async def test_what_fails_holds_nobody_up(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object, **__: object) -> int:
        raise SQLAlchemyError

    house = Housekeeping(counter.engine, KEPT)
    monkeypatch.setattr(relay, "expire", fails)
    with pytest.raises(SQLAlchemyError):
        await house.do_what_is_due(0)
    await house.do_what_is_due(1)


async def _days_pass(counter: Counter, days: float) -> None:
    await counter.run(
        "UPDATE event_inbox SET received_at = received_at - CAST(:span AS interval)", span=timedelta(days=days)
    )
