"""The adapter for Standard Webhooks: any sender that signs events of our own contract, one or a list of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from intake.door.incoming import IncomingEvent
from intake.webhooks.contract import digest, make_event_id
from intake.webhooks.documents import read_json
from intake.webhooks.shop_adapter import (
    DeliveryItem,
    ShopAdapter,
    UnreadableDelivery,
    UnusableDelivery,
    UnverifiedDelivery,
    WebhookDelivery,
)
from intake.webhooks.signatures import require_match, require_recent
from retention_client.events import MAX_BATCH_EVENTS

SOURCE = "standard"


def verify(delivery: WebhookDelivery, secrets: Sequence[str], now: datetime) -> None:
    """Check the headers: an id, a time, and one or several signatures over id, time and body."""
    headers = delivery.headers
    given = headers.get("webhook-signature", "").split()
    if not headers.get("webhook-id") or not given:
        raise UnverifiedDelivery("the signature or the id is missing")
    signed_at = require_recent(headers.get("webhook-timestamp", ""), now)
    require_match(_signatures(delivery, secrets, signed_at), given)


def read(delivery: WebhookDelivery) -> tuple[DeliveryItem, ...]:
    """The events in a delivery, each under its own id or the delivery's. Raises `UnreadableDelivery`."""
    document = read_json(delivery.body)
    events = document if isinstance(document, list) else [document]
    if not 1 <= len(events) <= MAX_BATCH_EVENTS:
        raise UnreadableDelivery(f"must contain 1 to {MAX_BATCH_EVENTS} events")
    delivery_id = delivery.headers.get("webhook-id") or digest(delivery.body)
    if not isinstance(document, list):
        return (_read_event(document, make_event_id(SOURCE, delivery_id)),)
    return tuple(
        _read_event(body, make_event_id(SOURCE, delivery_id, str(place))) for place, body in enumerate(events, start=1)
    )


def topic(delivery: WebhookDelivery) -> str | None:
    """Always None: a list may contain events of every type, and each event names its own."""


def _read_event(body: object, default_event_id: str) -> DeliveryItem:
    if not isinstance(body, dict):
        return UnusableDelivery(default_event_id, "an event must be one JSON object", needs_attention=True)
    return IncomingEvent(body if body.get("event_id") is not None else {**body, "event_id": default_event_id})


def _signatures(delivery: WebhookDelivery, secrets: Sequence[str], signed_at: datetime) -> Iterator[bytes]:
    """The signature by each valid secret. The library takes the body as text."""
    for secret in secrets:
        try:
            webhook = Webhook(secret)
        except (ValueError, EmptyWebhookSecretError):
            continue
        try:
            yield webhook.sign(delivery.headers["webhook-id"], signed_at, delivery.body.decode()).encode()
        except UnicodeError:
            raise UnverifiedDelivery("the body or the id is not UTF-8") from None


STANDARD = ShopAdapter(SOURCE, "standard_webhook_secrets", verify, read, topic)
