"""Read deliveries in the form that tests need."""

from typing import Any

from intake.door.incoming import IncomingEvent, PrivacyRequest
from intake.webhooks.shop_adapter import UnusableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from retention_client.events import StorefrontEvent, parse_event


def only_event(shop: str, delivery: WebhookDelivery) -> IncomingEvent:
    """The one event in a delivery."""
    (item,) = SHOPS[shop].read(delivery)
    assert isinstance(item, IncomingEvent)
    return item


def event_in(shop: str, delivery: WebhookDelivery) -> StorefrontEvent:
    """The one event in a delivery, as the contract parses it."""
    return parse_event(dict(only_event(shop, delivery).event), currency="USD")


def body_in(shop: str, delivery: WebhookDelivery) -> dict[str, Any]:
    """The one event in a delivery, as the adapter built it."""
    return dict(only_event(shop, delivery).event)


def unusable(shop: str, delivery: WebhookDelivery) -> UnusableDelivery:
    """The reason why a delivery is unusable."""
    (item,) = SHOPS[shop].read(delivery)
    assert isinstance(item, UnusableDelivery)
    return item


def request_in(shop: str, delivery: WebhookDelivery) -> PrivacyRequest:
    """The one privacy request in a delivery."""
    (item,) = SHOPS[shop].read(delivery)
    assert isinstance(item, PrivacyRequest)
    return item
