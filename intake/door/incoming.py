"""What comes to the door, before its customer is known, and the results."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class IncomingEvent:
    """One event of the contract, in which `customer_email` may be missing.

    `references` name the customer, the most reliable first, such as `customer/shopify/70640`. With an address they are
    remembered; without one they find it. The event's own cart, order and telephone need not be among them. A `trusted`
    event comes from the engine itself, and may say that a consent was confirmed.
    """

    event: Mapping[str, Any]
    references: tuple[str, ...] = ()
    trusted: bool = False


class PrivacyRequestType(StrEnum):
    """What the law lets people, or a platform on their behalf, request."""

    ERASURE = "ERASURE_REQUESTED"
    DATA = "DATA_REQUESTED"
    SHOP_ERASURE = "SHOP_ERASURE_REQUESTED"


@dataclass(frozen=True)
class PrivacyRequest:
    """A request on behalf of the customer with `email` or `references`; neither for a whole shop."""

    kind: PrivacyRequestType
    event_id: str
    occurred_at: datetime
    email: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventAccepted:
    """The event is stored and will be applied; `waiting` when a later event has to name its customer first."""

    event_id: str
    waiting: bool = False


@dataclass(frozen=True)
class EventRejected:
    """The event is wrong: in which field, and why."""

    field: str
    reason: str


EventResult = EventAccepted | EventRejected
