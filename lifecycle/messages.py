"""What triggers messages, and the messages a trigger plans."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from lifecycle.campaigns import Exit


class MessageStatus(StrEnum):
    """The life of a message. `UNKNOWN`: it is not known whether the provider has it."""

    PLANNED = "PLANNED"
    CLAIMED = "CLAIMED"
    SENT = "SENT"
    OPENED = "OPENED"
    CLICKED = "CLICKED"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
    BOUNCED = "BOUNCED"
    COMPLAINED = "COMPLAINED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Trigger:
    """Something that campaigns respond to. The same `occurrence` never triggers a campaign twice."""

    event: str
    occurrence: str
    at: datetime
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PastMessage:
    """A message of an earlier trigger, as the repeat rules see it."""

    slug: str
    occurrence: str
    triggered_at: datetime
    products: tuple[str, ...]


@dataclass(frozen=True)
class NewMessage:
    """A message as the database will store it; `skipped` says why it will not be sent.

    `variant` is the customer's arm of an A/B test. A `held_out` customer is compared with those who get the campaign.
    """

    key: str
    campaign_id: int
    slug: str
    step: int
    name: str
    trigger: Trigger
    due_at: datetime
    expires_at: datetime
    products: tuple[str, ...] = ()
    skipped: str | None = None
    variant: str | None = None
    held_out: bool = False
    marketing: bool = False
    priority: int = 100


@dataclass(frozen=True)
class PlannedMessage:
    """A message as the workflow carries it until it is due. Of several the lowest `priority` goes first."""

    key: str
    campaign: str
    due_at: datetime
    trigger: str
    occurrence: str
    triggered_at: datetime
    attempts: int = 0
    marketing: bool = False
    priority: int = 100

    @property
    def label(self) -> str:
        """A name for operators: the campaign, and the order, cart or event it is about."""
        about_state = self.trigger.startswith("ENTERED_STATE_")
        return self.campaign if about_state else f"{self.campaign} ({self.occurrence})"


def message_key(customer_id: str, slug: str, occurrence: str, step: int) -> str:
    """The idempotency key of a message, 64 hexadecimal digits."""
    return hashlib.sha256(f"{customer_id}\n{slug}\n{occurrence}\n{step}".encode()).hexdigest()


def ended(happened: frozenset[Exit], exit_on: frozenset[Exit]) -> str | None:
    """Return why a message ends before it is sent, in words; None if it does not."""
    return next((f"ended by {exit_.value}" for exit_ in sorted(happened & exit_on)), None)
