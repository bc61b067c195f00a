"""The door: an event is stored before its sender gets an answer, once per id, and never under another customer's."""

import asyncio
import json

import pytest

from intake.door.incoming import EventAccepted, EventRejected
from tests.intake.conftest import ADA, BOB, NOON, Counter, id_of


async def test_an_event_is_stored_with_what_is_needed_to_apply_it(counter: Counter) -> None:
    order = counter.order("1")
    assert await counter.send(order) == (EventAccepted(order["event_id"]),)
    row = await counter.row(order)
    assert (row["status"], row["type"], row["customer_id"]) == ("RECEIVED", "ORDER_PAID", id_of(ADA))
    assert (row["source"], row["topic"], row["occurred_at"]) == ("test", "things", NOON)
    assert row["body"]["order"]["total"] == "199.00"
    assert [event.event_id for event in counter.offered] == [order["event_id"]]


async def test_a_duplicate_gets_the_same_result_and_is_stored_once(counter: Counter) -> None:
    order = counter.order("1")
    first, again = await counter.send(order), await counter.send(order)
    assert first == again
    assert len(counter.offered) == 1
    assert list(await counter.statuses()) == [order["event_id"]]


async def test_fifty_duplicates_at_once_are_one_event_with_one_result(counter: Counter) -> None:
    order = counter.order("1")
    answers = await asyncio.gather(*(counter.send(order) for _ in range(50)))
    assert set(answers) == {(EventAccepted(order["event_id"]),)}
    assert len(counter.offered) == 1
    assert await counter.statuses() == {order["event_id"]: "RECEIVED"}


async def test_of_duplicates_in_one_list_the_first_counts(counter: Counter) -> None:
    first, other = counter.order("1"), counter.order("2")
    again = {**counter.order("3"), "event_id": first["event_id"]}
    answers = await counter.send(first, other, again)
    assert answers == (
        EventAccepted(first["event_id"]),
        EventAccepted(other["event_id"]),
        EventAccepted(first["event_id"]),
    )
    assert list(await counter.statuses()) == [first["event_id"], other["event_id"]]
    assert (await counter.row(first))["body"]["order"]["order_id"] == "1"


async def test_a_wrong_event_in_a_list_does_not_affect_the_others(counter: Counter) -> None:
    good, bad, last = counter.order("1"), counter.order("2", total="much"), counter.order("3")
    answers = await counter.send(good, bad, last)
    assert [type(answer) for answer in answers] == [EventAccepted, EventRejected, EventAccepted]
    assert isinstance(answers[1], EventRejected)
    assert answers[1].field == "order.total"
    assert list(await counter.statuses()) == [good["event_id"], last["event_id"]]


async def test_a_refused_event_is_new_when_it_comes_corrected(counter: Counter) -> None:
    wrong = counter.order("1", total="99999999.99")
    await counter.send(wrong)
    await counter.run("UPDATE event_inbox SET status = 'REFUSED', last_error = 'too much', attempts = 3")
    right = {**wrong, "order": {**wrong["order"], "total": "20.00"}}
    assert await counter.send(right) == (EventAccepted(right["event_id"]),)
    row = await counter.row(right)
    assert (row["status"], row["attempts"], row["last_error"]) == ("RECEIVED", 0, None)
    assert [json.loads(event.body or "")["order"]["total"] for event in counter.offered] == ["99999999.99", "20.00"]
    await counter.run("UPDATE event_inbox SET status = 'REFUSED'")
    (answer,) = await counter.send({**right, "customer_email": BOB})
    assert isinstance(answer, EventRejected)
    assert (await counter.row(right))["status"] == "REFUSED"


async def test_the_id_of_another_customers_event_is_refused_and_nothing_in_it_is_used(counter: Counter) -> None:
    of_ada = counter.order("1")
    await counter.send(of_ada)
    await _unsubscribed(counter, BOB)
    await counter.run(
        "INSERT INTO erasures (customer_id, erased_at, requested_by) VALUES (:id, '2026-01-01', 'test')", id=id_of(BOB)
    )
    stolen = {**counter.order("9", BOB), "event_id": of_ada["event_id"], "consent": {"email": True}}
    assert await counter.send(stolen) == (EventRejected("event_id", "is the id of another customer's event"),)
    assert (await counter.row(of_ada))["customer_id"] == id_of(ADA)
    assert await counter.rows("SELECT FROM customer_references WHERE reference = 'order/9'") == []
    assert len(await counter.rows("SELECT FROM suppressions")) == 1
    assert await counter.rows("SELECT returned_at FROM erasures") == [{"returned_at": None}]
    assert len(counter.offered) == 1


@pytest.mark.parametrize(
    ("at", "left"), [("2026-11-22 13:00+00", 1), ("2026-11-22 12:00+00", 1), ("2026-11-22 11:59+00", 0)]
)
async def test_consent_lifts_an_unsubscription_that_came_before_it(counter: Counter, at: str, left: int) -> None:
    await _unsubscribed(counter, ADA, at)
    await counter.send(counter.event("VISITED", consent={"email": True}))
    assert len(await counter.rows("SELECT FROM suppressions")) == left


async def test_consent_on_another_channel_or_withdrawn_lifts_nothing(counter: Counter) -> None:
    await _unsubscribed(counter, ADA)
    await counter.send(counter.event("VISITED", consent={"sms": True}), counter.event("VISITED"))
    await counter.send(counter.event("CONSENT_CHANGED", channel="email", granted=False))
    assert len(await counter.rows("SELECT FROM suppressions")) == 1
    await counter.send(counter.event("CONSENT_CHANGED", channel="email", granted=True))
    assert await counter.rows("SELECT FROM suppressions") == []


@pytest.mark.parametrize("reason", ["complaint", "hard_bounce", "manual"])
async def test_consent_does_not_lift_a_bounce_or_a_complaint(counter: Counter, reason: str) -> None:
    await _unsubscribed(counter, ADA, reason=reason)
    await counter.send(counter.event("VISITED", consent={"email": True}))
    assert len(await counter.rows("SELECT FROM suppressions")) == 1


async def _unsubscribed(
    counter: Counter, email: str, at: str = "2026-11-01 12:00+00", reason: str = "unsubscribe"
) -> None:
    await counter.run(
        "INSERT INTO suppressions (customer_id, channel, reason, created_at) "
        "VALUES (:id, 'EMAIL', :reason, CAST(CAST(:at AS text) AS timestamptz))",
        id=id_of(email),
        at=at,
        reason=reason,
    )
