"""The possible results of submitting a message to a provider. Errors carry a reason without personal data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SubmissionResult:
    """The provider accepted the message and is responsible for it."""

    provider: str
    provider_message_id: str | None = None


class SendRejected(Exception):
    """The provider will never accept this message.

    `hard_bounce`: the address does not exist. `opted_out`: the customer unsubscribed at the provider.
    """

    def __init__(self, reason: str, *, hard_bounce: bool = False, opted_out: bool = False) -> None:
        super().__init__(reason)
        self.hard_bounce = hard_bounce
        self.opted_out = opted_out


class TemporaryFailure(Exception):
    """The provider certainly did not accept the message, and may accept it later."""


class OutcomeUnknown(Exception):
    """The provider may have accepted the message: its response was lost."""
