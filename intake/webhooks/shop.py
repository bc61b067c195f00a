"""What a shop system's adapter is: two pure functions, from bytes and headers to facts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from intake.door.incoming import IncomingEvent, PrivacyRequest


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class WebhookDelivery:
    """What came over HTTP: the raw body, and the headers with their names in lower case.

    `received_at` is the time of what tells no time itself, such as a request for erasure.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime = field(default_factory=_now)


@dataclass(frozen=True)
class UnusableDelivery:
    """A verified delivery that tells us nothing we could use.

    It is kept under `event_id` with its reason: as skipped, or, when somebody should look at it, as refused with its
    raw bytes.
    """

    event_id: str
    reason: str
    look: bool = False


DeliveryItem = IncomingEvent | PrivacyRequest | UnusableDelivery


class UnverifiedDelivery(Exception):
    """Nobody who holds one of the secrets signed this, or they did so too long ago. The message tells no secret."""


class UnreadableDelivery(Exception):
    """A verified delivery that is not what it says it is; the message says why, without personal data."""


@dataclass(frozen=True)
class ShopAdapter:
    """A shop system. `secrets` names the setting that holds its secrets.

    `verify(delivery, secrets, now)` raises `UnverifiedDelivery` and never looks into the body. `read(delivery)` is for
    verified deliveries only and may raise `UnreadableDelivery`. `topic` names the kind of delivery, for the inbox;
    `topic_header` is the header that says it, if one does, so that a stored delivery can be read again. `is_ping` tells
    a delivery without signature and content, which is answered 200 and forgotten.
    """

    name: str
    secrets: str
    verify: Callable[[WebhookDelivery, Sequence[str], datetime], None]
    read: Callable[[WebhookDelivery], Sequence[DeliveryItem]]
    topic: Callable[[WebhookDelivery], str | None]
    topic_header: str | None = None
    is_ping: Callable[[WebhookDelivery], bool] = lambda _: False
