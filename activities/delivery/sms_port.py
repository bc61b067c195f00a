"""The port to an SMS provider."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from activities.delivery.submission_result import SubmissionResult


@dataclass(frozen=True)
class OutgoingSms:
    """A text message to `recipient`, a number in E.164. `message_key` is the idempotency key."""

    message_key: str
    recipient: str
    text: str


class SmsPort(Protocol):
    """One way to send text messages; `key_window` is as in `EmailPort`."""

    key_window: timedelta | None

    async def send(self, message: OutgoingSms) -> SubmissionResult:
        """Send one message. Raises `SendRejected`, `TemporaryFailure` or `OutcomeUnknown`."""
        ...

    async def close(self) -> None:
        """Close idle connections."""
        ...
