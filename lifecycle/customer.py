"""A customer as their workflow holds them: one frozen value, small enough to travel for years."""

import base64
import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime

from lifecycle.campaigns import Exit
from lifecycle.carts import Carts, next_abandonment
from lifecycle.contact import EMPTY_CONTACT, Contact
from lifecycle.fold import next_time_rule
from lifecycle.frequency import MOST_REMEMBERED, REMEMBERED
from lifecycle.history import History
from lifecycle.messages import PlannedMessage
from lifecycle.policy import Policy
from lifecycle.standing import Standing

MOST_SEEN = 256
MOST_DECISIONS = 6
MOST_PARKED = 5


@dataclass(frozen=True)
class Decision:
    """A line of the customer's recent timeline, for an operator who looks at the workflow."""

    at: datetime
    what: str


@dataclass(frozen=True)
class Parked:
    """A signal that could not be applied. Its body is in the inbox under `event_id`."""

    event_id: str
    reason: str


@dataclass(frozen=True)
class Customer:
    """Everything about one customer that decides what happens next.

    `epoch` and `revision` guard every write to PostgreSQL: a run that starts from blank takes a new epoch, and the
    revision counts its writes. `seen` is a bounded ring of the events that were applied and written, by 72-bit digests
    of their ids, which are shorter than the ids. `sent` are the times of recent marketing messages.
    """

    customer_id: str
    email: str
    epoch: int = 0
    revision: int = 0
    history: History = field(default_factory=History)
    contact: Contact = EMPTY_CONTACT
    carts: Carts = field(default_factory=Carts)
    messages: tuple[PlannedMessage, ...] = ()
    seen: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    parked: tuple[Parked, ...] = ()
    sent: tuple[datetime, ...] = ()

    @property
    def standing(self) -> Standing:
        """State and totals now."""
        return self.history.current

    def has_seen(self, event_id: str) -> bool:
        """Whether the event was applied before, as far as `seen` reaches back."""
        return _digest(event_id) in self.seen

    def see(self, event_id: str) -> "Customer":
        """Remember an event's id."""
        return replace(self, seen=(*self.seen, _digest(event_id))[-MOST_SEEN:])

    def note(self, at: datetime, what: str) -> "Customer":
        """Add a line to the recent timeline."""
        return replace(self, decisions=(*self.decisions, Decision(at, what))[-MOST_DECISIONS:])

    def park(self, event_id: str, reason: str) -> "Customer":
        """Remember a signal that could not be applied."""
        return replace(self, parked=(*self.parked, Parked(event_id, reason))[-MOST_PARKED:])

    def next_change(self, policy: Policy) -> datetime | None:
        """When time itself changes something: a cart counts as abandoned, a time rule moves the customer."""
        moments = (next_abandonment(self.carts, policy), next_time_rule(self.standing, policy))
        return min((moment for moment in moments if moment is not None), default=None)

    def next_deadline(self, policy: Policy) -> datetime | None:
        """The earliest moment at which something is due: a cart, a time rule, a message."""
        moments = (self.next_change(policy), *(message.due_at for message in self.messages))
        return min((moment for moment in moments if moment is not None), default=None)

    def deliverable(self, now: datetime, under_way: frozenset[str]) -> tuple[PlannedMessage, ...]:
        """Messages to be sent now, the most important first.

        Marketing messages are sent one at a time: the frequency caps of the second depend on the first.
        """
        due = [message for message in self.messages if message.due_at <= now and message.key not in under_way]
        due.sort(key=lambda message: (message.priority, message.due_at, message.key))
        busy = any(message.marketing and message.key in under_way for message in self.messages)
        first = next((message for message in due if message.marketing), None)
        return tuple(message for message in due if not message.marketing or (message is first and not busy))

    def count_sent(self, at: datetime) -> "Customer":
        """Remember the time of a marketing message for as long as frequency caps count it."""
        recent = (*(moment for moment in self.sent if moment > at - REMEMBERED), at)
        return replace(self, sent=recent[-MOST_REMEMBERED:])

    def without(self, keys: frozenset[str]) -> "Customer":
        """Drop planned messages."""
        return replace(self, messages=tuple(m for m in self.messages if m.key not in keys))

    def plan(self, messages: tuple[PlannedMessage, ...]) -> "Customer":
        """Add planned messages."""
        known = {message.key for message in self.messages}
        fresh = tuple(message for message in messages if message.key not in known)
        return replace(self, messages=(*self.messages, *fresh)) if fresh else self

    def settle(self, message: PlannedMessage, until: datetime | None) -> "Customer":
        """Remove a message that was dealt with; with `until`, plan it again for that time."""
        rest = self.without(frozenset({message.key}))
        if until is None:
            return rest
        return rest.plan((replace(message, due_at=until, attempts=message.attempts + 1),))

    def reopened(self, ledger: "Customer") -> "Customer":
        """Continue from the ledger, and keep what only this value knows."""
        return replace(
            ledger,
            carts=self.carts if self.epoch else ledger.carts,
            seen=tuple(dict.fromkeys((*ledger.seen, *self.seen)))[-MOST_SEEN:],
            decisions=self.decisions,
            parked=self.parked,
            sent=tuple(sorted({*ledger.sent, *self.sent}))[-MOST_REMEMBERED:],
        )

    def happened_since(self, message: PlannedMessage) -> frozenset[Exit]:
        """What happened since a message was triggered that could end it."""
        order = self.standing.orders.get(message.occurrence)
        entered = message.trigger.removeprefix("ENTERED_STATE_")
        happened = {
            Exit.PURCHASE: self._bought_since(message),
            Exit.REFUND: order is not None and order.undone,
            Exit.CART_CLOSED: message.trigger == "CART_ABANDONED" and message.occurrence not in self.carts.open,
            Exit.LEFT_STATE: entered not in {message.trigger, self.standing.state},
        }
        return frozenset(exit_ for exit_, holds in happened.items() if holds)

    def _bought_since(self, message: PlannedMessage) -> bool:
        """A state's occurrence ends with the last order known then, so that an order reported late counts too."""
        last = self.standing.last_order_date
        if last is None:
            return False
        if message.trigger.startswith("ENTERED_STATE_"):
            return not message.occurrence.endswith(f":{last.isoformat()}")
        return last > message.triggered_at


def _digest(event_id: str) -> str:
    return base64.urlsafe_b64encode(hashlib.blake2b(event_id.encode(), digest_size=9).digest()).decode()
