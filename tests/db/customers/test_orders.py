"""Whoever writes the table of orders, it says what the fold says of the same events."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.customers.profiles import Epoch
from db.customers.writes import replace_orders
from lifecycle.facts import Fact, Purchase, Refund
from lifecycle.ledger import fold_ledger
from lifecycle.ledger_events import AnyEvent
from retention_client.events import OrderPaid
from tests.db.customers.conftest import CUSTOMER, RECEIVED_LATER, WrittenCustomer
from tests.lifecycle.shop import event
from tests.lifecycle.strategies import END, POLICY, facts, facts_of_one_order

FILL = import_module("db.schema.migrations.versions.0004_orders").FILL
ROWS = "SELECT order_id, event_id, placed_at, reported_at, total, refunded, counted, currency FROM orders"

against_postgres = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def event_of(fact: Fact) -> AnyEvent | None:
    """The event of a fact about an order."""
    match fact:
        case Purchase():
            order = {"order_id": fact.order_id, "total": str(fact.total), "currency": "USD"}
            return event("ORDER_PAID", fact.at, event_id=fact.event_id, order=order)
        case Refund():
            amount = None if fact.amount is None else str(fact.amount)
            fields = {"order_id": fact.order_id, "amount": amount, "cancelled": fact.cancelled}
            return event("ORDER_REFUNDED", fact.at, event_id=fact.event_id, refund_id=fact.refund_id or None, **fields)
        case _:
            return None


ledgers = (facts(most=12) | facts_of_one_order()).map(
    lambda found: [event for fact in found if (event := event_of(fact)) is not None]
)


def expected(events: Sequence[AnyEvent], received: Sequence[AnyEvent] = ()) -> list[tuple[Any, ...]]:
    """The rows that the fold's records of the orders make, with the first report of each."""
    rows = []
    in_inbox = {event.event_id for event in received}
    for order_id, record in fold_ledger(events, END, POLICY).history.current.orders.items():
        paid = [event for event in events if isinstance(event, OrderPaid) and event.order.order_id == order_id]
        if paid:
            first = min(paid, key=lambda event: (event.occurred_at, event.event_id))
            reported_at = first.occurred_at + RECEIVED_LATER if first.event_id in in_inbox else END
            counts = (record.total, record.refunded, bool(record.counted))
            rows.append((order_id, first.event_id, first.occurred_at, reported_at, *counts, first.order.currency))
    return sorted(rows)


def stored(customer: WrittenCustomer) -> list[tuple[Any, ...]]:
    """The rows of the table."""
    return sorted(tuple(row) for row in customer.execute(ROWS))


@against_postgres
@given(ledgers, st.data())
def test_the_workflow_writes_what_the_fold_says(
    written_customer: WrittenCustomer, events: list[AnyEvent], data: st.DataObject
) -> None:
    written_customer.clear()
    received = events[::2]
    written_customer.receive(received)
    customer = written_customer.open()
    left = data.draw(st.permutations(events))
    while left:
        together = data.draw(st.integers(1, len(left)))
        customer = written_customer.apply(customer, left[:together])
        left = left[together:]

    assert stored(written_customer) == expected(events, received)


@against_postgres
@given(ledgers, st.data())
def test_the_import_writes_what_the_fold_says(
    written_customer: WrittenCustomer, events: list[AnyEvent], data: st.DataObject
) -> None:
    written_customer.clear()
    known = events[: data.draw(st.integers(0, len(events)))]
    fresh = events[len(known) :]
    if known:
        written_customer.import_([], known)
    if fresh:
        written_customer.import_(known, fresh)

    assert stored(written_customer) == expected(events)


@against_postgres
@given(ledgers)
def test_the_migration_fills_in_what_the_fold_says(written_customer: WrittenCustomer, events: list[AnyEvent]) -> None:
    written_customer.clear()
    written_customer.receive(events)
    written_customer.execute(FILL)
    assert stored(written_customer) == []

    written_customer.execute("UPDATE event_inbox SET status = 'APPLIED'")
    written_customer.execute(FILL)

    assert stored(written_customer) == expected(events, events)


@against_postgres
@given(ledgers, st.sampled_from(["DELETE FROM orders", "UPDATE orders SET total = total + 1, event_id = 'another'"]))
def test_a_rebuild_mends_the_table(written_customer: WrittenCustomer, events: list[AnyEvent], damage: str) -> None:
    written_customer.clear()
    written_customer.receive(events)
    written_customer.execute("UPDATE event_inbox SET status = 'APPLIED'")
    written_customer.open()
    written_customer.execute(damage)
    written_customer.execute(
        "INSERT INTO orders SELECT customer_id, 'never paid', event_id, occurred_at, now(), 1, 0, true, 'USD' "
        "FROM event_inbox LIMIT 1"
    )

    written_customer.open()

    assert stored(written_customer) == expected(events, events)


def test_a_rebuild_leaves_the_orders_to_a_write_that_came_between(written_customer: WrittenCustomer) -> None:
    order = {"order_id": "o-1", "total": "10.00", "currency": "USD"}
    paid = event("ORDER_PAID", 0, order=order)
    written_customer.apply(written_customer.open(), [paid])
    before = stored(written_customer)

    async def replace_with(epoch: Epoch) -> None:
        async with written_customer.engine.connect() as connection:
            await replace_orders(connection, CUSTOMER, epoch, (), END)

    written_customer.run(replace_with(Epoch(1, 0, END)))
    assert stored(written_customer) == before
    written_customer.run(replace_with(Epoch(1, 1, END)))
    assert stored(written_customer) == []


@pytest.mark.parametrize("events", [["ORDER_REFUNDED"], ["ORDER_REFUNDED", "ORDER_PAID"]])
def test_a_refund_without_its_order_is_no_row_until_the_order_is_known(
    written_customer: WrittenCustomer, events: list[str]
) -> None:
    order = {"order_id": "o-1", "total": "10.00", "currency": "USD"}
    bodies: dict[str, dict[str, Any]] = {
        "ORDER_REFUNDED": {"order_id": "o-1", "amount": "4.00"},
        "ORDER_PAID": {"order": order},
    }
    customer = written_customer.open()
    for day, type_ in enumerate(events):
        customer = written_customer.apply(customer, [event(type_, day, **bodies[type_])])
    refunded = [(row[0], str(row[5])) for row in stored(written_customer)]
    assert refunded == ([("o-1", "4.00")] if "ORDER_PAID" in events else [])
