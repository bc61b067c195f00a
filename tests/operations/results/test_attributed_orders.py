"""What the statement says of all customers at once is what the rules say of each."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db.campaigns.attributed_orders import ATTRIBUTED, ORDERS
from lifecycle.facts import fact_of, position
from lifecycle.fold import fold
from lifecycle.policy import Policy
from lifecycle.standing import Standing
from retention_client.events import read_ledger
from tests.operations.results.attribution import Sale, Touch, attribute
from tests.operations.results.conftest import DAY, WINDOW, Log, customer_of, key_of
from tests.operations.results.test_attribution import moments

_ATTRIBUTED = text(f"WITH {ORDERS}, {ATTRIBUTED} SELECT customer_id, order_id, message_key FROM attributed")
_ORDERS = text(f"WITH {ORDERS} SELECT customer_id, order_id, revenue, stands FROM orders")

people = st.sampled_from(["ada", "ben"])
order_ids = st.sampled_from(["o-1", "o-2"])
amounts = st.sampled_from(["0.00", "10.00", "60.00", "100.00", "140.00"])
messages = st.lists(st.tuples(people, moments), min_size=1, max_size=4)
visits = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["OPEN", "CLICK", "DELIVERED"]), moments, st.booleans()), max_size=8
)
orders = st.lists(
    st.tuples(people, order_ids, moments, moments), max_size=4, unique_by=lambda order: (order[0], order[1])
)
purchases = st.lists(st.tuples(st.just("ada") | people, order_ids, moments, amounts), min_size=1, max_size=4)
refunds = st.lists(
    st.tuples(
        st.just("ada"),
        order_ids,
        moments,
        st.fixed_dictionaries({"amount": amounts, "refund_id": st.sampled_from(["r-1", "r-2", None])})
        | st.fixed_dictionaries({"amount": st.none() | amounts, "cancelled": st.just(True)}),
    ),
    max_size=6,
)

against_postgres = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@against_postgres
@given(messages, visits, orders)
def test_attribution_is_the_rule(
    log: Log,
    messages: Sequence[tuple[str, datetime]],
    visits: Sequence[tuple[int, str, datetime, bool]],
    orders: Sequence[tuple[str, str, datetime, datetime]],
) -> None:
    log.clear()
    log.campaign()
    touches: list[Touch] = []
    for number, (customer, sent) in enumerate(messages):
        log.message(str(number), customer, due=sent, sent=sent)
    for number, kind, at, machine in visits:
        customer, sent = messages[number % len(messages)]
        name = str(number % len(messages))
        log.happened(name, kind, at, machine=machine)
        if kind != "DELIVERED" and not machine:
            kind_ = "CLICK" if kind == "CLICK" else "OPEN"
            touches.append(Touch(key_of(name), customer_of(customer), kind_, at, sent))  # type: ignore[arg-type]
    for customer, order_id, at, told_at in orders:
        log.order(order_id, customer, at=at, told_at=told_at)
    sales = [Sale(customer_of(customer), order_id, at, told_at) for customer, order_id, at, told_at in orders]
    found = log.connection.execute(_ATTRIBUTED, {"window": 3 * DAY})
    assert {(row.customer_id, row.order_id): row.message_key for row in found} == attribute(sales, touches, 3 * DAY)


@against_postgres
@given(purchases, refunds)
def test_what_is_left_of_an_order_is_what_the_fold_leaves(
    log: Log,
    purchases: Sequence[tuple[str, str, datetime, str]],
    refunds: Sequence[tuple[str, str, datetime, dict[str, Any]]],
) -> None:
    log.clear()
    for customer, order_id, at, total in purchases:
        log.order(order_id, customer, at=at, total=total)
    for customer, order_id, at, fields in refunds:
        log.refund(order_id, customer, at=at, **fields)
    found = {(row.customer_id, row.order_id): (row.revenue, row.stands) for row in log.connection.execute(_ORDERS)}
    bodies = log.connection.execute(text("SELECT customer_id, body FROM event_inbox")).all()
    expected: dict[tuple[str, str], tuple[Decimal, bool]] = {}
    for customer in {row.customer_id for row in bodies}:
        facts = [fact_of(read_ledger(row.body)) for row in bodies if row.customer_id == customer]
        told = sorted((fact for fact in facts if fact is not None), key=position)
        records = fold(Standing(), told, Policy()).standing.orders
        for order_id, record in records.items():
            if record.total is not None:
                expected[customer, order_id] = (record.spend, bool(record.counted))
    assert found == expected


def test_only_what_was_applied_counts(log: Log) -> None:
    log.order("o-1", at=datetime.fromisoformat("2026-11-03T10:00:00Z"))
    log.connection.execute(text("UPDATE event_inbox SET status = 'RECEIVED'"))
    assert log.connection.execute(_ATTRIBUTED, {"window": WINDOW}).all() == []
    assert log.connection.execute(_ORDERS).all() == []
