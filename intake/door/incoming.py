"""What shops tell, before it is known whose it is, and what they are answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class IncomingEvent:
    """One event of the contract, in which `customer_email` may be missing.

    `references` are names of the customer, the surest first, such as `customer/shopify/70640`. Told with an address
    they are remembered; without one they find it. The event's own cart, order and telephone need not be among them.
    An event that is `trusted` comes from ourselves, and may say that a consent was confirmed.
    """

    event: Mapping[str, Any]
    references: tuple[str, ...] = ()
    trusted: bool = False


class PrivacyRequestType(StrEnum):
    """What the law lets people, or a platform in their name, ask for."""

    ERASURE = "ERASURE_REQUESTED"
    DATA = "DATA_REQUESTED"
    SHOP_ERASURE = "SHOP_ERASURE_REQUESTED"


@dataclass(frozen=True)
class PrivacyRequest:
    """A request on behalf of the customer with `email`, or whom `references` name; none for a whole shop."""

    kind: PrivacyRequestType
    event_id: str
    occurred_at: datetime
    email: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventAccepted:
    """The event is kept and will be applied; `waiting` when first a later one has to say whose it is."""

    event_id: str
    waiting: bool = False


@dataclass(frozen=True)
class EventRejected:
    """The event is wrong: where, and why."""

    field: str
    reason: str


EventResult = EventAccepted | EventRejected
