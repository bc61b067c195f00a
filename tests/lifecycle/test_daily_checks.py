"""Checks that nobody ran: the few that count do what one on every single day would have done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.daily_checks import checks_that_move
from lifecycle.facts import ChurnCheckFact, Fact, Purchase, position
from lifecycle.fold import Folded, advance, fold
from lifecycle.policy import Policy
from lifecycle.standing import Standing
from lifecycle.states import State
from tests.lifecycle.shop import OPENING, at
from tests.lifecycle.story import Story
from tests.lifecycle.strategies import END, POLICY, amounts, facts
from workflows.signals import Signal

CUSTOMER = "AAAABBBBCCCCDDDDEEEEFFFFGG"
NOON_TO_CHECK = timedelta(hours=9)
EVERYBODY = replace(POLICY, checked_states=frozenset({State.CUSTOMER, State.REPEAT, State.REACTIVATED, State.VIP}))
policies = st.sampled_from([POLICY, EVERYBODY, replace(EVERYBODY, check_after=timedelta(days=100))])


def purchase(day: float, order: str, total: str = "100.00") -> Purchase:
    """An order paid so many days after the opening."""
    return Purchase(at(day), f"e-{order}", order, Decimal(total))


def lived(found: list[Fact], until: datetime, policy: Policy) -> Folded:
    """The whole past, with time passing up to its end."""
    folded = fold(Standing(), sorted(found, key=position), policy)
    passed = advance(folded.standing, until, policy)
    return Folded(passed.standing, (*folded.transitions, *passed.transitions))


def every_day(until: datetime) -> list[Fact]:
    """A check on each day at three o'clock from before the opening."""
    first = datetime(2025, 12, 31, 3, tzinfo=UTC)
    return [
        ChurnCheckFact(day, f"churn-check:{day.isoformat()}:{CUSTOMER}")
        for number in range((until - first).days + 1)
        if (day := first + timedelta(days=number)) <= until
    ]


@given(
    facts(),
    policies,
    st.integers(0, 800).map(lambda days: OPENING + timedelta(days=days)) | st.just(END),
    st.sampled_from([timedelta(), NOON_TO_CHECK]),
)
def test_the_few_do_what_one_every_day_does(
    found: list[Fact], policy: Policy, until: datetime, earlier: timedelta
) -> None:
    found = [replace(fact, at=fact.at - earlier) for fact in found]
    past = sorted((fact for fact in found if fact.at <= until), key=position)
    few = checks_that_move(sorted(found, key=position), CUSTOMER, until, policy)
    ours, naive = lived([*past, *few], until, policy), lived([*past, *every_day(until)], until, policy)
    assert ours.transitions == naive.transitions
    assert replace(ours.standing, at=until, event_id="") == replace(naive.standing, at=until, event_id="")
    assert {check.event_id for check in few} <= {step.cause for step in ours.transitions}


@given(st.lists(amounts, min_size=1, max_size=8), st.data())
def test_told_again_with_its_own_checks_a_history_needs_no_others(totals: list[object], data: st.DataObject) -> None:
    days = data.draw(st.lists(st.integers(0, 700), min_size=len(totals), max_size=len(totals)))
    found: list[Fact] = [purchase(day, f"o-{number}", str(totals[number])) for number, day in enumerate(days)]
    few = checks_that_move(sorted(found, key=position), CUSTOMER, END, POLICY)
    assert checks_that_move(sorted([*found, *few], key=position), CUSTOMER, END, POLICY) == ()


@pytest.mark.parametrize(("day", "checked"), [(60 + 14 / 24, 0), (60 + 15 / 24, 1)])
def test_the_first_check_more_than_sixty_days_later_counts(day: float, checked: int) -> None:
    """The order was paid at noon: at three on the sixty-first day it is older than sixty days."""
    assert len(checks_that_move([purchase(0, "1")], CUSTOMER, at(day), POLICY)) == checked


def test_silence_of_two_hundred_days_is_a_customer_who_came_back() -> None:
    orders: list[Fact] = [purchase(0, "1"), purchase(200, "2")]
    few = checks_that_move(orders, CUSTOMER, at(201), POLICY)
    states = [step.to_state for step in lived([*orders, *few], at(201), POLICY).transitions]
    assert states == [State.CUSTOMER, State.AT_RISK, State.CHURNED, State.REACTIVATED]


def test_the_id_is_the_one_that_the_workflow_makes() -> None:
    [check] = checks_that_move([purchase(0, "1")], CUSTOMER, END, POLICY)
    customer = replace(Story().customer, customer_id=CUSTOMER)
    signal = Signal("check_churn_risk", f'{{"as_of": "{check.at.isoformat()}"}}')
    event = signal.event(customer, END, "USD")
    assert (event.event_id, event.occurred_at) == (check.event_id, check.at)
