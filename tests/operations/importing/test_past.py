"""Imported events folded into a ledger."""

from datetime import datetime, timedelta

from lifecycle.ledger_events import AnyEvent
from lifecycle.states import State
from operations.importing.past import ImportedPast, fold_import
from tests.lifecycle.shop import EMAIL, at, event, paid
from tests.lifecycle.strategies import POLICY

CUSTOMER = "AAAABBBBCCCCDDDDEEEEFFFFGG"


def past_after(
    *events: AnyEvent, stored: tuple[AnyEvent, ...] = (), written: float | None = None, as_of: float = 10
) -> ImportedPast:
    """The past of a customer whose profile was written on a day, after an import as of another."""
    stored_at = None if written is None else at(written)
    return fold_import(CUSTOMER, EMAIL, events, at(as_of), POLICY, stored=stored, stored_at=stored_at)


def transitions(past: ImportedPast) -> list[tuple[State, datetime, bool]]:
    """The new transitions: the state, the time, and whether they restate the stored past."""
    return [(step.to_state, step.at, step.restated) for step in past.transitions]


def test_a_new_customers_past_ends_with_the_import() -> None:
    past = past_after(paid(0), as_of=5)
    assert past.written_at == at(5)
    assert transitions(past) == [(State.CUSTOMER, at(0), False)]


def test_the_workflow_handles_what_fell_due_unless_the_import_has_orders() -> None:
    vip = (paid(0, "300.00"), paid(0, "300.00"))
    contact = past_after(event("PROFILE_UPDATED", 0, name="Ada"), stored=vip, written=80, as_of=95)
    assert (contact.written_at, contact.profile.state, contact.transitions) == (at(80), State.VIP, ())
    assert contact.profile.name == "Ada"
    order = past_after(paid(1), stored=vip, written=80, as_of=95)
    assert (order.written_at, order.profile.state) == (at(95), State.AT_RISK)
    assert transitions(order) == [(State.AT_RISK, at(91), False)]


def test_a_past_that_was_written_later_than_the_import_ends_where_it_ended() -> None:
    past = past_after(paid(-5), stored=(paid(0),), written=20, as_of=10)
    assert (past.written_at, past.profile.order_count) == (at(20), 2)


def test_a_changed_past_is_one_restated_transition() -> None:
    past = past_after(paid(-1, "600.00"), stored=(paid(0, "1.00"),), written=5, as_of=6)
    assert transitions(past) == [(State.VIP, at(6), True)]
    same = past_after(paid(-1, "1.00"), stored=(paid(0, "1.00"), paid(1, "1.00")), written=5, as_of=6)
    assert (same.profile.order_count, same.transitions) == (3, ())


def test_each_missed_churn_check_becomes_an_event_of_the_ledger() -> None:
    [check] = past_after(paid(0), as_of=70).checks
    day = at(60).replace(hour=3) + timedelta(days=1)
    assert (check.type, check.occurred_at, check.event_id) == (
        "CHURN_CHECKED",
        day,
        f"churn-check:{day.isoformat()}:{CUSTOMER}",
    )
