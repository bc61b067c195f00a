"""Where a past ends, and what is written of it."""

from datetime import datetime, timedelta

from lifecycle.states import State
from operations.importing.past import Known, Past, past_of
from retention_client.events import AnyEvent
from tests.lifecycle.shop import EMAIL, at, event, paid
from tests.lifecycle.strategies import POLICY

CUSTOMER = "AAAABBBBCCCCDDDDEEEEFFFFGG"


def told(*events: AnyEvent, known: tuple[AnyEvent, ...] = (), written: float | None = None, as_of: float = 10) -> Past:
    """The past of a customer whose profile was written on a day, after an import as of another."""
    before = Known(known, None if written is None else at(written))
    return past_of(CUSTOMER, EMAIL, before, events, at(as_of), POLICY)


def steps(past: Past) -> list[tuple[State, datetime, bool]]:
    """The new steps: where to, when, and whether they restate what was written before."""
    return [(step.to_state, step.at, step.restated) for step in past.steps]


def test_a_new_customers_past_ends_with_the_import() -> None:
    past = told(paid(0), as_of=5)
    assert past.written_at == at(5)
    assert steps(past) == [(State.CUSTOMER, at(0), False)]


def test_what_came_due_for_a_known_customer_is_left_to_their_workflow_unless_their_orders_are_told() -> None:
    vip = (paid(0, "300.00"), paid(0, "300.00"))
    contact = told(event("PROFILE_UPDATED", 0, name="Ada"), known=vip, written=80, as_of=95)
    assert (contact.written_at, contact.profile.state, contact.steps) == (at(80), State.VIP, ())
    assert contact.profile.name == "Ada"
    order = told(paid(1), known=vip, written=80, as_of=95)
    assert (order.written_at, order.profile.state) == (at(95), State.AT_RISK)
    assert steps(order) == [(State.AT_RISK, at(91), False)]


def test_the_past_of_one_who_lives_on_after_the_day_of_the_import_ends_where_it_ended() -> None:
    past = told(paid(-5), known=(paid(0),), written=20, as_of=10)
    assert (past.written_at, past.profile.order_count) == (at(20), 2)


def test_a_past_that_turns_out_otherwise_is_one_restated_step() -> None:
    past = told(paid(-1, "600.00"), known=(paid(0, "1.00"),), written=5, as_of=6)
    assert steps(past) == [(State.VIP, at(6), True)]
    same = told(paid(-1, "1.00"), known=(paid(0, "1.00"), paid(1, "1.00")), written=5, as_of=6)
    assert (same.profile.order_count, same.steps) == (3, ())


def test_each_check_that_nobody_ran_becomes_an_event_of_the_ledger() -> None:
    [check] = told(paid(0), as_of=70).checks
    day = at(60).replace(hour=3) + timedelta(days=1)
    assert (check.type, check.occurred_at, check.event_id) == (
        "CHURN_CHECKED",
        day,
        f"churn-check:{day.isoformat()}:{CUSTOMER}",
    )
