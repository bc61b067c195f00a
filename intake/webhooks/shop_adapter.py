"""The adapter of a shop system: pure functions that verify a delivery and read its events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from intake.door.incoming import IncomingEvent, PrivacyRequest


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class WebhookDelivery:
    """One HTTP request: the raw body, and the headers with lower-case names.

    `received_at` dates what has no time of its own, such as a request for erasure.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime = field(default_factory=_now)


@dataclass(frozen=True)
class UnusableDelivery:
    """A verified delivery without an event that the engine uses.

    It is stored under `event_id` with its reason: as skipped, or when it `needs_attention` of an operator, as refused
    with its raw bytes.
    """

    event_id: str
    reason: str
    needs_attention: bool = False


DeliveryItem = IncomingEvent | PrivacyRequest | UnusableDelivery


class UnverifiedDelivery(Exception):
    """No signature by one of the secrets, or one that is too old. The message contains no secret."""


class UnreadableDelivery(Exception):
    """A verified delivery that does not have the documented form. The message says why, without personal data."""


@dataclass(frozen=True)
class ShopAdapter:
    """A shop system. `secrets` names the setting that holds its secrets.

    `verify(delivery, secrets, now)` raises `UnverifiedDelivery` and never parses the body. `read(delivery)` takes
    verified deliveries only and may raise `UnreadableDelivery`. `topic` names the kind of delivery, for the inbox;
    `topic_header` is the header that carries it, if there is one, so that a stored delivery can be replayed. `is_ping`
    recognises a test request without signature and content, which is answered 200 and not stored.
    """

    name: str
    secrets: str
    verify: Callable[[WebhookDelivery, Sequence[str], datetime], None]
    read: Callable[[WebhookDelivery], Sequence[DeliveryItem]]
    topic: Callable[[WebhookDelivery], str | None]
    topic_header: str | None = None
    is_ping: Callable[[WebhookDelivery], bool] = lambda _: False
