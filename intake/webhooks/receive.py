"""Take in one verified delivery of a shop: read it and pass its events to the door. Nothing in it is lost."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import DataError

from intake.door.door import Door
from intake.door.incoming import EventAccepted, EventRejected, EventResult, IncomingEvent, PrivacyRequest
from intake.webhooks.shop_adapter import (
    DeliveryItem,
    ShopAdapter,
    UnreadableDelivery,
    UnusableDelivery,
    WebhookDelivery,
)
from retention_client.identity import InvalidAddress

_log = structlog.get_logger("webhooks")


@dataclass(frozen=True)
class WebhookOutcome:
    """What became of a delivery: the accepted events, and the reasons why other parts were skipped or refused.

    Refused parts are stored in the inbox with the raw bytes of the whole delivery. Once the cause is fixed, a replay
    accepts what is missing; duplicates are ignored.
    """

    accepted: tuple[EventAccepted, ...] = ()
    skipped: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


async def receive(door: Door, shop: ShopAdapter, delivery: WebhookDelivery) -> WebhookOutcome:
    """Store everything in a verified delivery. Raises `SQLAlchemyError` when PostgreSQL cannot; retrying is safe."""
    topic = _topic(shop, delivery)
    try:
        items = _read(shop, delivery)
        results = await _accept(door, shop, items, topic)
    except UnreadableDelivery as error:
        items, results = (), (EventRejected("body", str(error)),)
    except DataError:
        items, results = (), (EventRejected("body", "contains a value that cannot be stored"),)
    errors = tuple(f"{result.field}: {result.reason}" for result in results if isinstance(result, EventRejected))
    unusable = [item for item in items if isinstance(item, UnusableDelivery)]
    if errors:
        reason = "; ".join(dict.fromkeys(errors))
        unusable.append(UnusableDelivery(unreadable_event_id(shop, delivery), reason, needs_attention=True))
    for item in unusable:
        raw = delivery.body if item.needs_attention else None
        await door.keep(item.event_id, item.reason, raw, source=shop.name, topic=topic, now=delivery.received_at)
    return WebhookOutcome(
        accepted=tuple(result for result in results if isinstance(result, EventAccepted)),
        skipped=tuple(item.reason for item in unusable if not item.needs_attention),
        refused=tuple(item.reason for item in unusable if item.needs_attention),
    )


def unreadable_event_id(shop: ShopAdapter, delivery: WebhookDelivery) -> str:
    """The id under which an unreadable delivery is stored: the same for the same topic and bytes."""
    digest = hashlib.sha256(f"{_topic(shop, delivery)}\0".encode() + delivery.body).hexdigest()
    return f"{shop.name}:unread:{digest}"


def _topic(shop: ShopAdapter, delivery: WebhookDelivery) -> str | None:
    try:
        return shop.topic(delivery)
    except UnreadableDelivery:
        return None


def _read(shop: ShopAdapter, delivery: WebhookDelivery) -> Sequence[DeliveryItem]:
    try:
        return shop.read(delivery)
    except UnreadableDelivery:
        raise
    except Exception as error:
        # The shop sent something that its adapter does not handle. It is stored, and replayed once the adapter does.
        _log.warning("an adapter failed", source=shop.name, error=type(error).__name__)
        raise UnreadableDelivery(f"the adapter failed with {type(error).__name__}") from error


async def _accept(
    door: Door, shop: ShopAdapter, items: Sequence[DeliveryItem], topic: str | None
) -> Sequence[EventResult]:
    events = [item for item in items if isinstance(item, IncomingEvent)]
    results: list[EventResult] = list(await door.accept(events, source=shop.name, topic=topic)) if events else []
    for item in items:
        if isinstance(item, PrivacyRequest):
            results.append(await _request(door, shop, item, topic))
    return results


async def _request(door: Door, shop: ShopAdapter, request: PrivacyRequest, topic: str | None) -> EventResult:
    try:
        return await door.request(request, source=shop.name, topic=topic)
    except InvalidAddress as error:
        return EventRejected("customer_email", str(error))
