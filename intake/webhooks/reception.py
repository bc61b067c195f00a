"""One delivery of a shop that is known to be its own: read, and told at the door. Nothing of it is lost."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import DataError

from intake.door.door import Door
from intake.door.incoming import EventAccepted, EventRejected, EventResult, IncomingEvent, PrivacyRequest
from intake.webhooks.shop import DeliveryItem, ShopAdapter, UnreadableDelivery, UnusableDelivery, WebhookDelivery
from retention_client.identity import InvalidAddress

_log = structlog.get_logger("webhooks")


@dataclass(frozen=True)
class Received:
    """What became of a delivery: what was taken, and the reasons why something in it needs nothing, or was refused.

    What is refused stands in the inbox with the raw bytes of the whole delivery. Reading it again when the reason is
    gone takes what is missing, and nothing twice.
    """

    taken: tuple[EventAccepted, ...] = ()
    skipped: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


async def receive(door: Door, shop: ShopAdapter, delivery: WebhookDelivery) -> Received:
    """Take in a verified delivery. Raises `SQLAlchemyError` when PostgreSQL cannot; the same again takes the rest."""
    topic = _topic(shop, delivery)
    try:
        told = _read(shop, delivery)
        answers = await _tell(door, shop, told, topic)
    except UnreadableDelivery as error:
        told, answers = (), (EventRejected("body", str(error)),)
    except DataError:
        told, answers = (), (EventRejected("body", "holds something that cannot be stored"),)
    wrong = tuple(f"{answer.field}: {answer.reason}" for answer in answers if isinstance(answer, EventRejected))
    unusable = [one for one in told if isinstance(one, UnusableDelivery)]
    if wrong:
        unusable.append(UnusableDelivery(unread_id(shop, delivery), "; ".join(dict.fromkeys(wrong)), look=True))
    for one in unusable:
        raw = delivery.body if one.look else None
        await door.keep(one.event_id, one.reason, raw, source=shop.name, topic=topic, now=delivery.received_at)
    return Received(
        taken=tuple(answer for answer in answers if isinstance(answer, EventAccepted)),
        skipped=tuple(one.reason for one in unusable if not one.look),
        refused=tuple(one.reason for one in unusable if one.look),
    )


def unread_id(shop: ShopAdapter, delivery: WebhookDelivery) -> str:
    """The id under which a delivery is kept that could not be used: the same for the same bytes."""
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
        # Whatever a shop may send that its adapter has not thought of: it will be read when the adapter has.
        _log.warning("an adapter failed", source=shop.name, error=type(error).__name__)
        raise UnreadableDelivery(f"the adapter failed with {type(error).__name__}") from error


async def _tell(
    door: Door, shop: ShopAdapter, told: Sequence[DeliveryItem], topic: str | None
) -> Sequence[EventResult]:
    facts = [one for one in told if isinstance(one, IncomingEvent)]
    answers: list[EventResult] = list(await door.accept(facts, source=shop.name, topic=topic)) if facts else []
    for one in told:
        if isinstance(one, PrivacyRequest):
            answers.append(await _request(door, shop, one, topic))
    return answers


async def _request(door: Door, shop: ShopAdapter, request: PrivacyRequest, topic: str | None) -> EventResult:
    try:
        return await door.request(request, source=shop.name, topic=topic)
    except InvalidAddress as error:
        return EventRejected("customer_email", str(error))
