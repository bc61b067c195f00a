"""A customer's facts, bounded: the recent ones one by one, the older ones folded into a base.

A fact in order is folded onto the current value; a late one refolds the recent facts. A fact older than the base needs
the ledger (see `reaches`), and one that can change nothing is not stored (see `wants`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from lifecycle.facts import CartFilled, Fact, Purchase, position
from lifecycle.fold import advance, fold
from lifecycle.policy import Policy
from lifecycle.standing import Standing, Transition
from lifecycle.states import State

MOST_RECENT = 100
KEPT_RECENT = 50


@dataclass(frozen=True)
class History:
    """`current` is `base` with every fact of `recent` folded onto it, and the time rules applied."""

    base: Standing = field(default_factory=Standing)
    recent: tuple[Fact, ...] = ()
    current: Standing = field(default_factory=Standing)

    def wants(self, fact: Fact) -> bool:
        """Whether the fact could change anything, now or later. An order counts by its first report."""
        match fact:
            case CartFilled():
                return self.current.state is State.VISITOR
            case Purchase():
                return not (self.base.has_paid(fact.order_id) and self.reaches(fact))
            case _:
                return True

    def reaches(self, fact: Fact) -> bool:
        """Whether the fact can be folded from what is stored here."""
        return position(fact) > (self.base.at, self.base.event_id)


@dataclass(frozen=True)
class HistoryUpdate:
    """A history after a change, and the transitions that the change caused."""

    history: History
    transitions: tuple[Transition, ...]


def add_fact(history: History, fact: Fact, now: datetime, policy: Policy) -> HistoryUpdate:
    """Add a fact within reach. A past that changes shows as one restated transition between the resulting states."""
    if any(known.event_id == fact.event_id for known in history.recent):
        return HistoryUpdate(history, ())
    before = history.current
    if position(fact) > (before.at, before.event_id) and fact.at >= before.changed_at:
        folded = fold(before, (fact,), policy)
        grown = replace(history, recent=(*history.recent, fact), current=folded.standing)
        return HistoryUpdate(grown, folded.transitions)
    facts = tuple(sorted((*history.recent, fact), key=position))
    current = advance(fold(history.base, facts, policy).standing, now, policy).standing
    restated: tuple[Transition, ...] = ()
    if current.state is not before.state:
        restated = (Transition(before.state, current.state, now, fact.event_id, restated=True),)
    return HistoryUpdate(History(history.base, facts, current), restated)


def advance_history(history: History, now: datetime, policy: Policy) -> HistoryUpdate:
    """Apply the time rules up to `now`, and fold old facts into the base.

    Only here: if every added fact did this, a burst could push the base past the late fact for which the ledger was
    loaded.
    """
    moved = advance(history.current, now, policy)
    return HistoryUpdate(_bounded(replace(history, current=moved.standing), policy), moved.transitions)


def of_facts(facts: list[Fact], now: datetime, policy: Policy, *, open_since: datetime | None = None) -> History:
    """Build a history from facts in any order; see `fold_history`."""
    return fold_history(facts, now, policy, open_since=open_since).history


def fold_history(
    facts: Sequence[Fact], now: datetime, policy: Policy, *, open_since: datetime | None = None
) -> HistoryUpdate:
    """Build a history from facts in any order, with every transition since the first of them.

    Facts from `open_since` on stay unfolded.
    """
    ordered = sorted({fact.event_id: fact for fact in facts}.values(), key=position)
    boundary = max(0, len(ordered) - KEPT_RECENT)
    if open_since is not None:
        boundary = min(boundary, sum(fact.at < open_since for fact in ordered))
    recent = tuple(ordered[boundary:])
    base = fold(Standing(), ordered[:boundary], policy)
    folded = fold(base.standing, recent, policy)
    passed = advance(folded.standing, now, policy)
    transitions = (*base.transitions, *folded.transitions, *passed.transitions)
    return HistoryUpdate(History(base.standing, recent, passed.standing), transitions)


def _bounded(history: History, policy: Policy) -> History:
    if len(history.recent) <= MOST_RECENT:
        return history
    old, recent = history.recent[:-KEPT_RECENT], history.recent[-KEPT_RECENT:]
    return History(fold(history.base, old, policy).standing, recent, history.current)
