"""The statement for all customers at once credits orders as the rule does for each, and reads no event of the inbox."""

from collections.abc import Sequence
from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db.campaigns.attributed_orders import ATTRIBUTED
from tests.operations.results.attribution import Sale, Touch, attribute
from tests.operations.results.conftest import DAY, Log, customer_of, key_of
from tests.operations.results.test_attribution import moments

_ATTRIBUTED = text(f"WITH {ATTRIBUTED} SELECT customer_id, order_id, message_key FROM attributed")

people = st.sampled_from(["ada", "ben"])
order_ids = st.sampled_from(["o-1", "o-2"])
messages = st.lists(st.tuples(people, moments), min_size=1, max_size=4)
visits = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["OPEN", "CLICK", "DELIVERED"]), moments, st.booleans()), max_size=8
)
orders = st.lists(
    st.tuples(people, order_ids, moments, moments), max_size=4, unique_by=lambda order: (order[0], order[1])
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
    for customer, order_id, at, reported_at in orders:
        log.order(order_id, customer, at=at, reported_at=reported_at)
    sales = [Sale(customer_of(customer), order_id, at, reported_at) for customer, order_id, at, reported_at in orders]
    found = log.connection.execute(_ATTRIBUTED, {"window": 3 * DAY})
    assert {(row.customer_id, row.order_id): row.message_key for row in found} == attribute(sales, touches, 3 * DAY)
