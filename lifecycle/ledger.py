"""A customer's whole ledger, folded. An import and a rebuild use this function, so that they cannot disagree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lifecycle.contact import EMPTY_CONTACT, Contact, update_contact
from lifecycle.facts import fact_of
from lifecycle.history import History, fold_history
from lifecycle.ledger_events import AnyEvent
from lifecycle.orders import OrderUpdate, order_updates
from lifecycle.policy import Policy
from lifecycle.standing import Transition


@dataclass(frozen=True)
class FoldedLedger:
    """What a customer's events make of the customer: all transitions from the first event on, and all paid orders."""

    history: History
    transitions: tuple[Transition, ...]
    contact: Contact
    orders: tuple[OrderUpdate, ...]


def fold_ledger(
    events: Sequence[AnyEvent], now: datetime, policy: Policy, *, open_since: datetime | None = None
) -> FoldedLedger:
    """Fold the events of a ledger, in any order and each once, and apply the time rules up to `now`.

    Facts from `open_since` on stay unfolded in the history, for an event that came late.
    """
    facts = [fact for event in events if (fact := fact_of(event)) is not None]
    folded = fold_history(facts, now, policy, open_since=open_since)
    contact = EMPTY_CONTACT
    for event in events:
        contact = update_contact(contact, event)
    orders = order_updates({}, folded.history.current.orders, events)
    return FoldedLedger(folded.history, folded.transitions, contact, orders)
