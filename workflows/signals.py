"""Signals as they came: kept raw in the handler, decoded in the main loop, refused without being lost."""

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
from retention_client.events import SIGNAL_TYPES, SIGNALS, AnyEvent, ChurnChecked, InvalidEvent, parse_event

MOST_REFUSED_BYTES = 65_536


@dataclass(frozen=True)
class Signal:
    """A signal that waits to be applied: its name, and its argument as text, or in base64 when it is not JSON."""

    name: str
    text: str | None
    raw: str | None = None

    @staticmethod
    def received(name: str, arguments: Sequence[RawValue]) -> "Signal":
        """Keep what came, whatever it is. Does as little as it can: a burst runs this thousands of times."""
        if len(arguments) == 1 and arguments[0].payload.metadata.get("encoding") == b"json/plain":
            try:
                return Signal(name, arguments[0].payload.data.decode())
            except UnicodeDecodeError:
                pass
        whole = b"".join(argument.payload.SerializeToString(deterministic=True) for argument in arguments)
        return Signal(name, None, base64.b64encode(whole).decode())

    @staticmethod
    def accepted(text: str) -> "Signal":
        """The signal of an event that waits in the inbox, given as JSON."""
        type_ = from_json(text)["type"]
        return Signal(SIGNALS.get(type_, type_), text)

    @property
    def size(self) -> int:
        """Roughly how many bytes it takes to carry."""
        return len(self.text or self.raw or "")

    def event(self, customer: Customer, now: datetime, currency: str) -> AnyEvent:
        """The event in it. Raises `InvalidEvent` for whatever cannot be applied to this customer."""
        if self.text is None:
            raise InvalidEvent("payload", "cannot be decoded")
        try:
            body = from_json(self.text)
        except ValueError:
            raise InvalidEvent("payload", "is not JSON") from None
        if not isinstance(body, dict):
            raise InvalidEvent("payload", "must be one JSON object")
        if self.name == CHECK_SIGNAL:
            return _churn_check(body, customer, now)
        if self.name not in SIGNAL_TYPES:
            raise InvalidEvent("signal", "has an unknown name")
        # Whoever may signal here was let in by Temporal; what comes from outside was checked at the door.
        event = parse_event({"type": SIGNAL_TYPES[self.name], **body}, currency=currency, trusted=True)
        if event.type != SIGNAL_TYPES[self.name]:
            raise InvalidEvent("type", f"is {event.type}, but the signal is {self.name}")
        if event.customer_email != customer.email:
            raise InvalidEvent("customer_email", "is another customer's")
        return event

    def refused(self, customer: Customer, reason: str) -> RefusedSignal:
        """What the inbox keeps of it. The id comes from customer and content: a corrected one is not a duplicate."""
        content = self.text.encode() if self.text is not None else base64.b64decode(self.raw or "")
        digest = hashlib.sha256(f"{customer.customer_id}\n{self.name}\n".encode() + content).hexdigest()[:32]
        raw = base64.b64encode(content[:MOST_REFUSED_BYTES]).decode()
        name = "".join(character for character in self.name if character.isprintable())
        return RefusedSignal(f"refused:{digest}", name[:50], raw, reason, self._told_id())

    def _told_id(self) -> str | None:
        try:
            told = from_json(self.text or "")["event_id"]
        except (ValueError, TypeError, KeyError):
            return None
        return told if isinstance(told, str) and told.isprintable() else None


def _churn_check(body: dict[str, object], customer: Customer, now: datetime) -> ChurnChecked:
    try:
        as_of = datetime.fromisoformat(str(body["as_of"]))
    except (KeyError, ValueError):
        raise InvalidEvent("as_of", "must be a time") from None
    if as_of.tzinfo is None:
        raise InvalidEvent("as_of", "needs a time zone")
    try:
        return ChurnChecked(
            event_id=f"churn-check:{as_of.isoformat()}:{customer.customer_id}",
            customer_email=customer.email,
            occurred_at=min(as_of, now),
        )
    except ValidationError:
        raise InvalidEvent("as_of", "is out of range") from None
