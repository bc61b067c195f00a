"""What a provider may answer to a message. Errors carry a reason without any personal data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """The provider has taken the message and is answerable for it."""

    provider: str
    provider_message_id: str | None = None


class Rejected(Exception):
    """The provider will never take this message.

    A `hard_bounce` says that the address does not exist, and `opted_out` that the customer told the provider to stop.
    """

    def __init__(self, reason: str, *, hard_bounce: bool = False, opted_out: bool = False) -> None:
        super().__init__(reason)
        self.hard_bounce = hard_bounce
        self.opted_out = opted_out


class TryLater(Exception):
    """The provider has certainly not taken the message, and may take it later."""


class OutcomeUnknown(Exception):
    """The provider may have taken the message: the answer was lost."""
