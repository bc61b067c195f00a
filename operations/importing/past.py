"""What new facts make of a customer's past: the same fold as everywhere, and the daily checks that nobody ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activities.profiles.messages import Profile, profile_of
from lifecycle.contact import EMPTY_CONTACT, update_contact
from lifecycle.customer import Customer
from lifecycle.daily_checks import checks_that_move
from lifecycle.facts import Fact, fact_of, position
from lifecycle.fold import Folded, advance, fold
from lifecycle.history import History
from lifecycle.policy import Policy
from lifecycle.standing import Standing, Transition
from retention_client.events import AnyEvent, ChurnChecked


@dataclass(frozen=True)
class Known:
    """A customer as PostgreSQL has them: the events that were applied, and the time up to which."""

    events: tuple[AnyEvent, ...] = ()
    written_at: datetime | None = None


@dataclass(frozen=True)
class Past:
    """What is to be written: the profile, its time, the steps and the checks that are new."""

    profile: Profile
    written_at: datetime
    steps: tuple[Transition, ...]
    checks: tuple[ChurnChecked, ...]


def past_of(customer: str, email: str, known: Known, told: Sequence[AnyEvent], as_of: datetime, policy: Policy) -> Past:
    """Fold what is told into what is known.

    The past ends at `as_of`: what comes due later is left to the customer's workflow. For one who is known, and about
    whom nothing is told that the rules look at, it ends where it ended.
    """
    before = _facts(known.events)
    news = _facts(told)
    written_at = known.written_at or as_of
    ends = max(written_at, as_of) if news else written_at
    facts = sorted([*before, *news], key=position)
    checks = tuple(
        ChurnChecked(event_id=check.event_id, customer_email=email, occurred_at=check.at)
        for check in (checks_that_move(facts, customer, ends, policy) if news else ())
    )
    was = _lived(before, written_at, policy)
    now = _lived([*facts, *_facts(checks)], ends, policy)
    contact = EMPTY_CONTACT
    for event in (*known.events, *told):
        contact = update_contact(contact, event)
    history = History(current=now.standing)
    profile = profile_of(Customer(customer_id=customer, email=email, history=history, contact=contact))
    cause = news[0].event_id if news else ""
    return Past(profile, ends, _new_steps(was, now, ends, cause), checks)


def _facts(events: Sequence[AnyEvent]) -> list[Fact]:
    return [fact for event in events if (fact := fact_of(event)) is not None]


def _lived(facts: Sequence[Fact], until: datetime, policy: Policy) -> Folded:
    ordered = sorted({fact.event_id: fact for fact in facts}.values(), key=position)
    folded = fold(Standing(), ordered, policy)
    passed = advance(folded.standing, until, policy)
    return Folded(passed.standing, (*folded.transitions, *passed.transitions))


def _new_steps(was: Folded, now: Folded, at: datetime, cause: str) -> tuple[Transition, ...]:
    """The steps to be written. A past that turns out otherwise shows as one restated step, as in the workflow."""
    known = len(was.transitions)
    if now.transitions[:known] == was.transitions:
        return now.transitions[known:]
    if now.standing.state is was.standing.state:
        return ()
    return (Transition(was.standing.state, now.standing.state, at, cause, restated=True),)
