"""Bursts of cart updates: sent as fewer signals, they have the same effect on the customer."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from db.inbox.arrivals import PendingEvent
from intake.signals.signalling import coalesced
from lifecycle.contact import FIELDS
from lifecycle.customer import Customer
from lifecycle.ledger_events import read_ledger
from lifecycle.policy import Policy
from lifecycle.retention_agent import RetentionAgent
from tests.intake.conftest import ADA, NOON, SKILLET

LATER = NOON + timedelta(minutes=30)
Body = dict[str, Any]


def cart(number: int, minute: int, cart_id: str, quantity: int, said: Body) -> Body:
    """A whole cart, emptied when nothing is in it."""
    items = [{**SKILLET, "quantity": quantity}] if quantity else []
    return _event("CART_UPDATED", number, minute, cart={"cart_id": cart_id, "items": items}, **said)


def order(number: int, minute: int, cart_id: str | None) -> Body:
    """An order, which may name the cart it ends."""
    paid = {"order_id": f"o-{number}", "total": "20.00", "currency": "USD", "cart_id": cart_id}
    return _event("ORDER_PAID", number, minute, order={name: value for name, value in paid.items() if value})


def visit(number: int, minute: int, said: Body) -> Body:
    """A login, which may say something of the customer."""
    return _event("VISITED", number, minute, **said)


def _event(type_: str, number: int, minute: int, **fields: Any) -> Body:
    at = (NOON + timedelta(minutes=minute)).isoformat()
    return {"type": type_, "event_id": f"e-{number}", "customer_email": ADA, "occurred_at": at, **fields}


numbers = st.integers(0, 999_999)
minutes = st.integers(0, 6)
carts = st.sampled_from(["c-1", "c-2"])
sayings: st.SearchStrategy[Body] = st.sampled_from(
    [{}, {"name": "Ada"}, {"name": "Ada L."}, {"consent": {"email": True}}]
)


@st.composite
def updates_of_one_cart(draw: st.DrawFn) -> list[Body]:
    """Updates of one cart, in any order, which mostly say the same of the customer."""
    cart_id, said = draw(carts), draw(sayings)
    quantities = draw(st.lists(st.sampled_from([1, 2, 3, 0]), min_size=1, max_size=4))
    return [cart(draw(numbers), draw(minutes), cart_id, quantity, said) for quantity in quantities]


alone = st.builds(order, numbers, minutes, st.none() | carts) | st.builds(visit, numbers, minutes, sayings)
runs = updates_of_one_cart() | updates_of_one_cart() | alone.map(lambda body: [body])
bursts = (
    st.lists(runs, max_size=5)
    .map(lambda found: [body for run in found for body in run])
    .filter(lambda bodies: len({body["event_id"] for body in bodies}) == len(bodies))
)


def many_carts(order_of_first: int) -> list[Body]:
    """Twenty carts are open, the first is filled once more, one more is opened, and the first again."""
    updates = [cart(number, 1, f"many-{number}", 1, {}) for number in range(20)]
    return [*updates, cart(50, 2, "many-0", 2, {}), cart(51, 2, "new", 1, {}), cart(order_of_first, 3, "many-0", 3, {})]


@settings(max_examples=300)
@given(bursts)
@example(many_carts(52))
@example([cart(1, 1, "c-1", 0, {}), cart(2, 2, "c-1", 1, {})])
@example([cart(1, 1, "c-1", 1, {}), order(2, 2, None), cart(3, 3, "c-1", 2, {})])
@example([cart(2, 1, "c-1", 1, {"name": "Ada"}), cart(1, 1, "c-1", 2, {"name": "Ada L."})])
@example(
    [visit(2, 1, {"name": "Ada L."}), cart(3, 1, "c-1", 1, {"name": "Ada"}), cart(1, 1, "c-1", 2, {"name": "Ada"})]
)
def test_the_customer_is_the_same(bodies: list[Body]) -> None:
    needed, superseded = coalesced(_rows(bodies))
    assert len(needed) + len(superseded) == len(bodies)
    assert _left_by([json.loads(event.body or "") for event in needed]) == _left_by(bodies)


def test_a_burst_on_one_cart_is_one_update() -> None:
    burst = [cart(number, number, "c-1", number, {}) for number in range(1, 20)]
    needed, superseded = coalesced(_rows(burst))
    assert [event.event_id for event in needed] == ["e-19"]
    assert sorted(superseded) == sorted(body["event_id"] for body in burst[:-1])


@pytest.mark.parametrize(
    "between",
    [order(5, 5, None), visit(5, 5, {}), cart(5, 5, "c-2", 1, {}), cart(5, 5, "c-1", 0, {})],
    ids=["an order", "a login", "another cart", "emptied"],
)
def test_any_event_in_between_keeps_updates_apart(between: Body) -> None:
    events = [cart(1, 1, "c-1", 1, {}), between, cart(9, 9, "c-1", 2, {})]
    needed, _ = coalesced(_rows(events))
    assert [event.event_id for event in needed] == ["e-1", "e-5", "e-9"]


def test_an_update_with_fields_that_the_later_lacks_is_not_left_out() -> None:
    events = [cart(1, 1, "c-1", 1, {"name": "Ada"}), cart(2, 2, "c-1", 2, {})]
    assert coalesced(_rows(events))[1] == ()
    assert coalesced(_rows([events[0], {**events[1], "name": "Ada"}]))[1] == ("e-1",)


def test_of_one_moment_the_event_id_decides_which_statement_is_later() -> None:
    same_name = {"name": "Ada"}
    in_order = [cart(1, 1, "c-1", 1, same_name), cart(2, 1, "c-1", 2, same_name)]
    assert coalesced(_rows(in_order))[1] == ("e-1",)
    assert coalesced(_rows(in_order[::-1]))[1] == ()
    silent = [cart(2, 1, "c-1", 1, {}), cart(1, 1, "c-1", 2, {})]
    assert coalesced(_rows(silent))[1] == ("e-2",)


def test_an_unreadable_update_stays_where_it_is() -> None:
    broken = cart(2, 2, "c-1", 2, {}) | {"cart": None}
    events = [cart(1, 1, "c-1", 1, {}), broken, cart(3, 3, "c-1", 3, {})]
    assert len(coalesced(_rows(events))[0]) == 3


def _rows(bodies: Sequence[Body]) -> list[PendingEvent]:
    return [PendingEvent(body["event_id"], "CUSTOMER", ADA, body["type"], json.dumps(body)) for body in bodies]


def _left_by(bodies: Sequence[Body]) -> Body:
    agent, customer = RetentionAgent(Policy()), Customer("CUSTOMER", ADA)
    for body in bodies:
        customer = agent.check_state_transitions(customer, LATER, read_ledger(body)).customer
    standing, contact = customer.standing, customer.contact
    return {
        "state": standing.state,
        "totals": (standing.order_count, standing.total_spend, standing.last_order_date),
        "open": customer.carts.open,
        "closed": set(customer.carts.closed),
        "contact": {field: contact.text(field) for field in FIELDS},
        "consent": (contact.consent("email"), contact.consent("sms")),
    }
