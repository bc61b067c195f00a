"""RetentionAgent: what an event, or the passing of time, does to a customer."""

from dataclasses import dataclass, replace
from datetime import datetime

from lifecycle.carts import Carts, abandon, change_cart, close_by_order
from lifecycle.contact import update_contact
from lifecycle.customer import Customer
from lifecycle.facts import fact_of
from lifecycle.headline import headline
from lifecycle.history import HistoryUpdate, add_fact, advance_history
from lifecycle.ledger_events import AnyEvent, not_after
from lifecycle.messages import Trigger
from lifecycle.policy import Policy
from lifecycle.standing import Transition
from lifecycle.triggers import cart_abandoned, context_of, entered, triggered_by, unconfirmed
from retention_client.events import CartChanged, OrderPaid


class NeedsLedger(Exception):
    """An event is older than what the customer's value reaches back to: load the ledger from `since` on."""

    def __init__(self, since: datetime) -> None:
        super().__init__("older than the recent facts")
        self.since = since


@dataclass(frozen=True)
class CustomerChange:
    """A customer after an event or after time passed, with the transitions and the triggers of campaigns.

    A `lasting` change has to be written to PostgreSQL before anything else happens. A cart update without a transition
    is not lasting: applied twice it changes nothing, so its event is not remembered either.
    """

    customer: Customer
    transitions: tuple[Transition, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    lasting: bool = False


class RetentionAgent:
    """Moves customers through their states. No other code does."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def check_state_transitions(
        self, customer: Customer, now: datetime, event: AnyEvent | None = None
    ) -> CustomerChange:
        """Apply an event, or, without one, everything that is due at `now`.

        A duplicate changes nothing. Raises `NeedsLedger` for an event too old to be folded from here.
        """
        if event is None:
            return self._time_passes(customer, now)
        if customer.has_seen(event.event_id):
            return CustomerChange(customer)
        return self._event(customer, not_after(event, now), now)

    def _time_passes(self, customer: Customer, now: datetime) -> CustomerChange:
        carts, abandoned = abandon(customer.carts, now, self._policy)
        learned = advance_history(customer.history, now, self._policy)
        moved = replace(customer, carts=carts, history=learned.history)
        for cart in abandoned:
            moved = moved.note(now, f"cart {cart.cart.cart_id} abandoned")
        triggers = (
            *(cart_abandoned(cart, self._policy) for cart in abandoned),
            *entered(learned, {}),
        )
        moved = _note_transitions(moved, learned.transitions)
        return CustomerChange(moved, learned.transitions, triggers, lasting=bool(triggers or learned.transitions))

    def _event(self, customer: Customer, event: AnyEvent, now: datetime) -> CustomerChange:
        fact = fact_of(event)
        learned = HistoryUpdate(customer.history, ())
        new_order = isinstance(event, OrderPaid) and not customer.standing.has_paid(event.order.order_id)
        if fact is not None and customer.history.wants(fact):
            if not customer.history.reaches(fact):
                raise NeedsLedger(fact.at)
            learned = add_fact(customer.history, fact, now, self._policy)
        contact = update_contact(customer.contact, event)
        triggers = (
            *triggered_by(event, new_order=new_order),
            *unconfirmed(event, contact, self._policy),
            *entered(learned, context_of(event)),
        )
        moved = replace(customer, history=learned.history, contact=contact, carts=_carts(customer, event))
        moved = _note_transitions(moved.note(event.occurred_at, headline(event)), learned.transitions)
        if isinstance(event, CartChanged) and not learned.transitions and contact == customer.contact:
            return CustomerChange(moved)
        return CustomerChange(moved.see(event.event_id), learned.transitions, triggers, lasting=True)


def _carts(customer: Customer, event: AnyEvent) -> Carts:
    match event:
        case CartChanged():
            return change_cart(customer.carts, event)
        case OrderPaid():
            return close_by_order(customer.carts, event)
        case _:
            return customer.carts


def _note_transitions(customer: Customer, transitions: tuple[Transition, ...]) -> Customer:
    for step in transitions:
        customer = customer.note(step.at, f"{step.from_state} → {step.to_state} ({_cause(step)})")
    return customer


def _cause(step: Transition) -> str:
    return "past restated" if step.restated else step.cause
