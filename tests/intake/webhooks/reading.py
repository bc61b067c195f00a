"""What a delivery tells, asked in the way a test wants it."""

from typing import Any

from intake.door.incoming import IncomingEvent, PrivacyRequest
from intake.webhooks.shop import UnusableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from retention_client.events import StorefrontEvent, parse_event


def only_fact(shop: str, delivery: WebhookDelivery) -> IncomingEvent:
    """The one fact in a delivery."""
    (told,) = SHOPS[shop].read(delivery)
    assert isinstance(told, IncomingEvent)
    return told


def event_in(shop: str, delivery: WebhookDelivery) -> StorefrontEvent:
    """The one event in a delivery, as the contract reads it."""
    return parse_event(dict(only_fact(shop, delivery).event), currency="USD")


def body_in(shop: str, delivery: WebhookDelivery) -> dict[str, Any]:
    """The one event in a delivery, as the adapter wrote it."""
    return dict(only_fact(shop, delivery).event)


def unusable(shop: str, delivery: WebhookDelivery) -> UnusableDelivery:
    """What is said of a delivery that tells nothing."""
    (told,) = SHOPS[shop].read(delivery)
    assert isinstance(told, UnusableDelivery)
    return told


def request_in(shop: str, delivery: WebhookDelivery) -> PrivacyRequest:
    """The one privacy request in a delivery."""
    (told,) = SHOPS[shop].read(delivery)
    assert isinstance(told, PrivacyRequest)
    return told
