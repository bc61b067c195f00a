"""The adapter for Standard Webhooks: anybody who signs events of our own contract, one or a list of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from intake.door.incoming import IncomingEvent
from intake.webhooks.contract import MOST_EVENTS, digest, event_id
from intake.webhooks.documents import read_json
from intake.webhooks.shop import (
    DeliveryItem,
    ShopAdapter,
    UnreadableDelivery,
    UnusableDelivery,
    UnverifiedDelivery,
    WebhookDelivery,
)
from intake.webhooks.signatures import require_match, require_recent

SOURCE = "standard"


def verify(delivery: WebhookDelivery, secrets: Sequence[str], now: datetime) -> None:
    """The headers hold an id, a time, and one or several signatures of id, time and body."""
    headers = delivery.headers
    given = headers.get("webhook-signature", "").split()
    if not headers.get("webhook-id") or not given:
        raise UnverifiedDelivery("there is no signature, or no id")
    signed_at = require_recent(headers.get("webhook-timestamp", ""), now)
    require_match(_signatures(delivery, secrets, signed_at), given)


def read(delivery: WebhookDelivery) -> tuple[DeliveryItem, ...]:
    """The events in a delivery, each under its own id or the delivery's. Raises `UnreadableDelivery`."""
    document = read_json(delivery.body)
    events = document if isinstance(document, list) else [document]
    if not 1 <= len(events) <= MOST_EVENTS:
        raise UnreadableDelivery(f"must hold 1 to {MOST_EVENTS} events")
    sent_as = delivery.headers.get("webhook-id") or digest(delivery.body)
    return tuple(
        _told(body, event_id(SOURCE, sent_as, str(place)) if isinstance(document, list) else event_id(SOURCE, sent_as))
        for place, body in enumerate(events, start=1)
    )


def topic(delivery: WebhookDelivery) -> str | None:
    """None: a list may hold events of every type, and each says its own."""


def _told(body: object, told_as: str) -> DeliveryItem:
    if not isinstance(body, dict):
        return UnusableDelivery(told_as, "an event must be one JSON object", look=True)
    return IncomingEvent(body if body.get("event_id") is not None else {**body, "event_id": told_as})


def _signatures(delivery: WebhookDelivery, secrets: Sequence[str], signed_at: datetime) -> Iterator[bytes]:
    """What the library writes under this delivery with each secret that is one; it wants the body as text."""
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
