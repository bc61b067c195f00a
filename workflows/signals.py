"""Signals as they came: stored raw by the handler, decoded by the main loop, refused without being lost."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from pydantic_core import from_json
from temporalio.common import RawValue

from activities.churn.messages import CHECK_SIGNAL
from activities.profiles.messages import RefusedSignal
from lifecycle.customer import Customer
from lifecycle.daily_checks import check_id
from lifecycle.ledger_events import AnyEvent, ChurnChecked
from retention_client.customer_workflow import EVENT_ID
from retention_client.events import (
    SIGNAL_TYPES,
    SIGNALS,
    InvalidEvent,
    StorefrontEvent,
    parse_event,
    parse_event_json,
)
from retention_client.fields import UNSTORABLE

MOST_REFUSED_BYTES = 65_536
LONGEST_EVENT_ID = 255


@dataclass(frozen=True)
class Signal:
    """A signal that waits to be applied: its name, and its argument as text, or in base64 when it is not JSON.

    `event_id` is the event's id as its sender gives it beside the text. Like the text, it proves nothing.
    """

    name: str
    text: str | None
    raw: str | None = None
    event_id: str | None = None

    @staticmethod
    def received(name: str, arguments: Sequence[RawValue]) -> "Signal":
        """Store what came, whatever it is. Does as little as it can: a burst calls this thousands of times."""
        if len(arguments) == 1 and arguments[0].payload.metadata.get("encoding") == b"json/plain":
            payload = arguments[0].payload
            try:
                return Signal(name, payload.data.decode(), event_id=_event_id(payload.metadata.get(EVENT_ID)))
            except UnicodeDecodeError:
                pass
        whole = b"".join(argument.payload.SerializeToString(deterministic=True) for argument in arguments)
        return Signal(name, None, base64.b64encode(whole).decode())

    @staticmethod
    def of_inbox(text: str) -> "Signal":
        """Return the signal of an event that waits in the inbox, given as its JSON text."""
        type_, event_id = _texts_in(text, "type", "event_id")
        return Signal(SIGNALS.get(type_ or "", type_ or ""), text, event_id=event_id)

    @property
    def size(self) -> int:
        """Roughly the number of bytes it takes to carry."""
        return len(self.text or self.raw or "")

    def event(self, customer: Customer, now: datetime, currency: str) -> AnyEvent:
        """Return the event in it, validated. Raises `InvalidEvent` for what cannot be applied to this customer."""
        if self.text is None:
            raise InvalidEvent("payload", "cannot be decoded")
        if self.name == CHECK_SIGNAL:
            return _churn_check(self.text, customer, now)
        if self.name not in SIGNAL_TYPES:
            raise InvalidEvent("signal", "has an unknown name")
        event = self._storefront_event(self.text, currency)
        if event.type != SIGNAL_TYPES[self.name]:
            raise InvalidEvent("type", f"is {event.type}, but the signal is {self.name}")
        if event.customer_email != customer.email:
            raise InvalidEvent("customer_email", "is another customer's")
        return event

    def refused(self, customer: Customer, reason: str) -> RefusedSignal:
        """Return what the inbox stores of it. The id is made of customer and content, so a corrected one is new."""
        content = self.text.encode() if self.text is not None else base64.b64decode(self.raw or "")
        digest = hashlib.sha256(f"{customer.customer_id}\n{self.name}\n".encode() + content).hexdigest()[:32]
        raw = base64.b64encode(content[:MOST_REFUSED_BYTES]).decode()
        name = "".join(character for character in self.name if character.isprintable())
        (event_id,) = _texts_in(self.text or "", "event_id")
        return RefusedSignal(f"refused:{digest}", name[:50], raw, reason, event_id or self.event_id)

    def _storefront_event(self, text: str, currency: str) -> StorefrontEvent:
        # Temporal authenticates the sender of a signal; what comes from outside was checked at the door.
        try:
            return parse_event_json(text, currency=currency, trusted=True, max_bytes=None)
        except InvalidEvent as error:
            if error.field != "type":
                raise
            body = from_json(text)
            if "type" in body:
                raise
            # The signal's name says it already.
            return parse_event({**body, "type": SIGNAL_TYPES[self.name]}, currency=currency, trusted=True)


def _event_id(sent: bytes | None) -> str | None:
    """Return the id in a payload's metadata. PostgreSQL would take no other: its refusal of one would be for ever."""
    event_id = sent.decode(errors="replace") if sent else None
    return event_id if event_id and len(event_id) <= LONGEST_EVENT_ID and not UNSTORABLE.search(event_id) else None


def _texts_in(text: str, *fields: str) -> list[str | None]:
    """Return printable texts in a JSON object; None for each that is missing, or if the text is no such object."""
    try:
        found = from_json(text)
    except ValueError:
        found = None
    values = [found.get(field) if isinstance(found, dict) else None for field in fields]
    return [value if isinstance(value, str) and value.isprintable() else None for value in values]


def _churn_check(text: str, customer: Customer, now: datetime) -> ChurnChecked:
    try:
        as_of = datetime.fromisoformat(str(from_json(text)["as_of"]))
    except (ValueError, TypeError, LookupError):
        raise InvalidEvent("as_of", "must be a time") from None
    if as_of.tzinfo is None:
        raise InvalidEvent("as_of", "needs a time zone")
    try:
        return ChurnChecked(
            event_id=check_id(as_of, customer.customer_id),
            customer_email=customer.email,
            occurred_at=min(as_of, now),
        )
    except ValidationError:
        raise InvalidEvent("as_of", "is out of range") from None
