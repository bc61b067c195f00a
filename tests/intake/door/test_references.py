"""Events without an address: they wait for the delivery that names the customer, whichever comes first."""

from datetime import timedelta

import pytest

from db.inbox import relay
from intake.door.incoming import EventAccepted, EventRejected, PrivacyRequest, PrivacyRequestType
from tests.intake.conftest import ADA, BOB, NOON, Counter, id_of

NUMBER = "customer/shopify/7064"


async def test_a_cart_waits_until_an_order_names_its_customer(counter: Counter) -> None:
    cart = counter.cart("c-77", None)
    assert await counter.send(cart) == (EventAccepted(cart["event_id"], waiting=True),)
    assert (await counter.row(cart))["body"].get("customer_email") is None
    assert not counter.offered
    order = counter.order("1", cart_id="c-77")
    await counter.send(order)
    row = await counter.row(cart)
    assert (row["status"], row["customer_id"], row["body"]["customer_email"]) == ("RECEIVED", id_of(ADA), ADA)
    assert row["waits_for"] is None
    assert [event.event_id for event in counter.offered] == [cart["event_id"], order["event_id"]]


async def test_a_cart_of_a_known_customer_does_not_wait(counter: Counter) -> None:
    await counter.send(counter.order("1", cart_id="c-77"))
    cart = counter.cart("c-77", None)
    assert await counter.send(cart) == (EventAccepted(cart["event_id"]),)
    row = await counter.row(cart)
    assert (row["status"], row["customer_id"], row["body"]["customer_email"]) == ("RECEIVED", id_of(ADA), ADA)


async def test_a_duplicate_with_the_address_adopts_the_waiting_event(counter: Counter) -> None:
    cart = counter.cart("c-77", None)
    await counter.send(cart)
    await counter.send({**cart, "customer_email": ADA})
    row = await counter.row(cart)
    assert (row["status"], row["customer_id"], row["body"]["customer_email"]) == ("RECEIVED", id_of(ADA), ADA)
    assert await counter.send(cart) == (EventAccepted(cart["event_id"]),)


async def test_housekeeping_adopts_what_arrived_at_the_same_time(counter: Counter) -> None:
    cart, order = counter.cart("c-77", None), counter.order("1", cart_id="c-77")
    await counter.send(cart, order)
    assert (await counter.row(cart))["status"] == "WAITING"
    assert await relay.adopt(counter.engine) == 1
    row = await counter.row(cart)
    assert (row["status"], row["customer_id"], row["body"]["customer_email"]) == ("RECEIVED", id_of(ADA), ADA)
    assert await relay.adopt(counter.engine) == 0


async def test_the_most_reliable_reference_decides_and_of_equals_the_last(counter: Counter) -> None:
    await counter.send(counter.event("VISITED", ADA), references=[NUMBER])
    await counter.send(counter.event("VISITED", BOB, phone="+1 212 555 0100"))
    sure = counter.event("VISITED", None, phone="+12125550100", name="Ada")
    await counter.send(sure, references=[NUMBER])
    assert (await counter.row(sure))["customer_id"] == id_of(ADA)
    await counter.send(counter.event("VISITED", BOB), references=[NUMBER])
    later = counter.event("VISITED", None, name="B.")
    await counter.send(later, references=[NUMBER])
    assert (await counter.row(later))["customer_id"] == id_of(BOB)


async def test_a_refund_finds_the_customer_who_paid_the_order(counter: Counter) -> None:
    refund = counter.event("ORDER_REFUNDED", None, order_id="1", amount="5.00", refund_id="r")
    await counter.send(refund)
    assert (await counter.row(refund))["status"] == "WAITING"
    await counter.send(counter.order("1"))
    assert (await counter.row(refund))["customer_id"] == id_of(ADA)


async def test_an_event_without_any_reference_is_refused(counter: Counter) -> None:
    (answer,) = await counter.send(counter.event("VISITED", None))
    assert isinstance(answer, EventRejected)
    assert answer.field == "customer_email"
    assert await counter.statuses() == {}


@pytest.mark.parametrize(("hours", "status"), [(1, "RECEIVED"), (0, "WAITING"), (-1, "WAITING")])
async def test_a_tombstone_holds_back_what_happened_before_it(counter: Counter, hours: int, status: str) -> None:
    """Once the customer is back, their cart from before the erasure remains without a customer."""
    cart = counter.cart("c-77", None, at=NOON + timedelta(hours=hours))
    await counter.send(cart)
    await _erased(counter)
    await counter.send({**counter.order("1", cart_id="c-77"), "occurred_at": "2026-11-23T00:00:00Z"})
    await relay.adopt(counter.engine)
    assert (await counter.row(cart))["status"] == status


@pytest.mark.parametrize(("hours", "status"), [(1, "RECEIVED"), (0, "DISCARDED"), (-1, "DISCARDED")])
async def test_what_an_erased_customer_did_before_is_not_accepted_again(
    counter: Counter, hours: int, status: str
) -> None:
    await _erased(counter)
    event = counter.event("VISITED", at=NOON + timedelta(hours=hours), name="Ada")
    assert await counter.send(event, references=[NUMBER]) == (EventAccepted(event["event_id"]),)
    row = await counter.row(event)
    known = status == "RECEIVED"
    assert row["status"] == status
    assert (row["customer_id"] is not None, row["body"] is not None, row["customer_email"] is not None) == (known,) * 3
    assert len(await counter.rows("SELECT FROM customer_references")) == known
    (erased,) = await counter.rows("SELECT returned_at FROM erasures")
    assert (erased["returned_at"] is not None) == known
    assert await counter.send(event, references=[NUMBER]) == (EventAccepted(event["event_id"]),)


async def test_a_request_waits_too_and_never_contains_an_address(counter: Counter) -> None:
    asked = PrivacyRequest(PrivacyRequestType.ERASURE, "ask-1", NOON, references=(NUMBER, "customer/shopify/\0"))
    assert await counter.door.request(asked, source="shopify") == EventAccepted("ask-1", waiting=True)
    await counter.send(counter.event("VISITED"), references=[NUMBER])
    assert (await counter.statuses())["ask-1"] == "WAITING"
    assert await relay.adopt(counter.engine) == 1
    (row,) = await counter.rows("SELECT * FROM event_inbox WHERE event_id = 'ask-1'")
    assert (row["status"], row["customer_id"], row["customer_email"]) == ("RECEIVED", id_of(ADA), None)
    assert row["body"] == {"requested_by": "shopify", "occurred_at": NOON.isoformat()}


async def test_a_request_by_address_belongs_to_its_customer_at_once(counter: Counter) -> None:
    asked = PrivacyRequest(PrivacyRequestType.DATA, "ask-1", NOON, email="Ada@example.com")
    assert await counter.door.request(asked, source="shopify", topic="customers/data\0request") == EventAccepted(
        "ask-1"
    )
    (row,) = await counter.rows("SELECT * FROM event_inbox")
    assert (row["status"], row["customer_id"], row["customer_email"]) == ("RECEIVED", id_of(ADA), None)
    assert "ada" not in str(row["body"]).lower()


async def _erased(counter: Counter) -> None:
    await counter.run(
        "INSERT INTO erasures (customer_id, erased_at, requested_by) VALUES (:id, :at, 'test')",
        id=id_of(ADA),
        at=NOON,
    )
