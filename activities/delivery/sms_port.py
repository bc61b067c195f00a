"""The door to whoever carries our text messages."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from activities.delivery.answers import Accepted


@dataclass(frozen=True)
class OutgoingText:
    """A text message to `recipient`, a number in E.164. `message_key` is the idempotency key."""

    message_key: str
    recipient: str
    text: str


class SmsPort(Protocol):
    """One way to send text messages; `key_window` as of an `EmailPort`."""

    key_window: timedelta | None

    async def send(self, message: OutgoingText) -> Accepted:
        """Hand over one message. Raises `Rejected`, `TryLater` or `OutcomeUnknown`."""
        ...

    async def close(self) -> None:
        """Let go of what is kept open between messages."""
        ...
