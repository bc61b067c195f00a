"""Folds imported events into a customer's ledger, with the daily checks of the imported period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activities.profiles.messages import Profile, profile_of
from lifecycle.customer import Customer
from lifecycle.daily_checks import checks_that_move
from lifecycle.facts import Fact, fact_of, position
from lifecycle.ledger import FoldedLedger, fold_ledger
from lifecycle.ledger_events import AnyEvent, ChurnChecked
from lifecycle.orders import OrderUpdate
from lifecycle.policy import Policy
from lifecycle.standing import Transition


@dataclass(frozen=True)
class ImportedPast:
    """A customer after an import: the profile and its time, new transitions, new checks, and all paid orders."""

    profile: Profile
    written_at: datetime
    transitions: tuple[Transition, ...]
    checks: tuple[ChurnChecked, ...]
    orders: tuple[OrderUpdate, ...]


def fold_import(
    customer_id: str,
    email: str,
    imported: Sequence[AnyEvent],
    as_of: datetime,
    policy: Policy,
    *,
    stored: Sequence[AnyEvent] = (),
    stored_at: datetime | None = None,
) -> ImportedPast:
    """Fold imported events into the `stored` ones, which were applied up to `stored_at`; None for a new customer.

    The imported period ends at `as_of`: the customer's workflow handles what falls due later. Without new facts, it
    ends where the stored events end.
    """
    news = _facts(imported)
    written_at = stored_at or as_of
    ends = max(written_at, as_of) if news else written_at
    events = [*stored, *imported]
    facts = sorted(_facts(events), key=position)
    checks = tuple(
        ChurnChecked(event_id=check.event_id, customer_email=email, occurred_at=check.at)
        for check in (checks_that_move(facts, customer_id, ends, policy) if news else ())
    )
    before = fold_ledger(stored, written_at, policy)
    after = fold_ledger([*events, *checks], ends, policy)
    profile = profile_of(Customer(customer_id=customer_id, email=email, history=after.history, contact=after.contact))
    cause = news[0].event_id if news else ""
    return ImportedPast(profile, ends, _new_transitions(before, after, ends, cause), checks, after.orders)


def _facts(events: Sequence[AnyEvent]) -> list[Fact]:
    return [fact for event in events if (fact := fact_of(event)) is not None]


def _new_transitions(before: FoldedLedger, after: FoldedLedger, at: datetime, cause: str) -> tuple[Transition, ...]:
    """The transitions to be written. A changed past becomes one restated transition, as in the workflow."""
    known = len(before.transitions)
    if after.transitions[:known] == before.transitions:
        return after.transitions[known:]
    was, now = before.history.current.state, after.history.current.state
    if now is was:
        return ()
    return (Transition(was, now, at, cause, restated=True),)
