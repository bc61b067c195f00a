"""The door to whoever carries our e-mail."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from activities.delivery.answers import Accepted


@dataclass(frozen=True)
class OutgoingEmail:
    """An RFC 5322 message as `content`, ready to go; `sender` and `recipient` are its envelope.

    `message_key` is the idempotency key, 64 hexadecimal digits.
    """

    message_key: str
    sender: str
    recipient: str
    content: bytes


class EmailPort(Protocol):
    """One way to send e-mail.

    `key_window` is how long the provider honours an idempotency key: within it a repeated send reaches the customer
    once. None: it knows no such keys.
    """

    key_window: timedelta | None

    async def send(self, message: OutgoingEmail) -> Accepted:
        """Hand over one message. Raises `Rejected`, `TryLater` or `OutcomeUnknown`."""
        ...

    async def close(self) -> None:
        """Let go of what is kept open between messages."""
        ...
