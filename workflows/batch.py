"""Several signals applied as one change: folded one after another, and written together."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from pydantic_core import to_json

from activities.profiles.messages import CustomerWrite, LedgerEntry, RefusedSignal, profile_of
from lifecycle.customer import Customer
from lifecycle.ledger_events import not_after
from lifecycle.messages import Trigger
from lifecycle.orders import order_updates
from lifecycle.policy import Policy
from lifecycle.retention_agent import RetentionAgent
from lifecycle.standing import Transition
from retention_client.events import InvalidEvent, OrderPaid, canonical_json
from workflows.signals import Signal


@dataclass
class Batch:
    """What some signals, or time, changed of a customer. `lasting` when PostgreSQL has to store it."""

    customer: Customer
    events: list[LedgerEntry] = field(default_factory=list)
    refused: list[RefusedSignal] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    paid: list[OrderPaid] = field(default_factory=list)
    lasting: bool = False

    def take(self, signal: Signal, now: datetime, policy: Policy) -> None:
        """Apply a signal, or refuse it with the reason. Raises `NeedsLedger` for one too old to fold."""
        try:
            event = not_after(signal.event(self.customer, now, policy.currency), now)
        except InvalidEvent as error:
            self.refuse(signal, str(error))
            return
        change = RetentionAgent(policy).check_state_transitions(self.customer, now, event)
        if change.customer is self.customer:
            return
        self.customer = change.customer
        self.transitions += change.transitions
        self.triggers += change.triggers
        if change.lasting:
            self.lasting = True
            # Not the signal's own text: whoever may signal could put a text into the ledger that no rebuild can read.
            self.events.append(LedgerEntry(event.event_id, event.type, event.occurred_at, canonical_json(event)))
            if isinstance(event, OrderPaid):
                self.paid.append(event)

    def refuse(self, signal: Signal, reason: str) -> None:
        """Set a signal aside that cannot be applied, where an operator sees it."""
        refused = signal.refused(self.customer, reason)
        self.refused.append(refused)
        self.customer = self.customer.park(refused.event_id, reason)
        self.lasting = True

    def let_time_pass(self, now: datetime, policy: Policy) -> None:
        """Apply the time rules that are due."""
        change = RetentionAgent(policy).check_state_transitions(self.customer, now)
        self.customer = change.customer
        self.transitions += change.transitions
        self.triggers += change.triggers
        self.lasting = self.lasting or change.lasting

    def written(self, before: Customer, now: datetime, policy: Policy) -> CustomerWrite:
        """Return the write that makes the change persistent."""
        # A repeated workflow task may contain one more signal: then this is another write, and a conflict.
        content = (before.epoch, before.revision, self.events, self.refused, self.transitions, self.triggers)
        return CustomerWrite(
            customer_id=before.customer_id,
            email=before.email,
            epoch=before.epoch,
            revision=before.revision,
            write_id=hashlib.sha256(to_json(content)).hexdigest(),
            now=now,
            policy=policy,
            profile=profile_of(self.customer),
            events=tuple(self.events),
            refused=tuple(self.refused),
            transitions=tuple(self.transitions),
            triggers=tuple(self.triggers),
            happened={
                message.key: tuple(sorted(happened))
                for message in self.customer.messages
                if (happened := self.customer.happened_since(message))
            },
            orders=order_updates(before.standing.orders, self.customer.standing.orders, self.paid),
        )
