"""The port to an e-mail provider."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from activities.delivery.submission_result import SubmissionResult


@dataclass(frozen=True)
class OutgoingEmail:
    """An RFC 5322 message as `content`, ready to send; `sender` and `recipient` are its envelope addresses.

    `message_key` is the idempotency key, 64 hexadecimal digits.
    """

    message_key: str
    sender: str
    recipient: str
    content: bytes


class EmailPort(Protocol):
    """One way to send e-mail.

    `key_window` is how long the provider honours an idempotency key: within it a message that is sent again arrives
    once. None: the provider does not support idempotency keys.
    """

    key_window: timedelta | None

    async def send(self, message: OutgoingEmail) -> SubmissionResult:
        """Send one message. Raises `SendRejected`, `TemporaryFailure` or `OutcomeUnknown`."""
        ...

    async def close(self) -> None:
        """Close idle connections."""
        ...
