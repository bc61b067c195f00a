"""What triggers messages, and the messages a trigger plans."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from lifecycle.campaigns import Exit


class MessageStatus(StrEnum):
    """The life of a message. `UNKNOWN`: the provider may have it, and we cannot tell."""

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
    """Something that campaigns answer to. `occurrence` names it for ever: the same one never triggers twice."""

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
    """A message as the database will keep it; `skipped` says why it will not be sent.

    `variant` is the arm of an A/B test that the customer is in; one who is `held_out` is there to be compared with.
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
    """A message as the workflow carries it until its time comes. Of several due the lowest `priority` goes first."""

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
        """What an operator calls it: the campaign, and the order, cart or event it is about."""
        about_state = self.trigger.startswith("ENTERED_STATE_")
        return self.campaign if about_state else f"{self.campaign} ({self.occurrence})"


def message_key(customer_id: str, slug: str, occurrence: str, step: int) -> str:
    """The idempotency key of a message, 64 hexadecimal digits."""
    return hashlib.sha256(f"{customer_id}\n{slug}\n{occurrence}\n{step}".encode()).hexdigest()


def ended(happened: frozenset[Exit], exit_on: frozenset[Exit]) -> str | None:
    """Why a message ends before it is sent, in words; None while it stands."""
    return next((f"ended by {exit_.value}" for exit_ in sorted(happened & exit_on)), None)
