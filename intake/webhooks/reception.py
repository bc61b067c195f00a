"""One delivery of a shop that is known to be its own: read, and told at the door. Nothing of it is lost."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import DataError

from intake.door.door import Door
from intake.door.fact import Answer, Fact, NotTaken, PrivacyRequest, Taken
from intake.webhooks.shop import Delivery, Shop, Told, Unreadable, Unusable
from retention_client.identity import InvalidAddress

_log = structlog.get_logger("webhooks")


@dataclass(frozen=True)
class Received:
    """What became of a delivery: what was taken, and the reasons why something in it needs nothing, or was refused.

    What is refused stands in the inbox with the raw bytes of the whole delivery. Reading it again when the reason is
    gone takes what is missing, and nothing twice.
    """

    taken: tuple[Taken, ...] = ()
    skipped: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


async def receive(door: Door, shop: Shop, delivery: Delivery) -> Received:
    """Take in a verified delivery. Raises `SQLAlchemyError` when PostgreSQL cannot; the same again takes the rest."""
    topic = _topic(shop, delivery)
    try:
        told = _read(shop, delivery)
        answers = await _tell(door, shop, told, topic)
    except Unreadable as error:
        told, answers = (), (NotTaken("body", str(error)),)
    except DataError:
        told, answers = (), (NotTaken("body", "holds something that cannot be stored"),)
    wrong = tuple(f"{answer.field}: {answer.reason}" for answer in answers if isinstance(answer, NotTaken))
    unusable = [one for one in told if isinstance(one, Unusable)]
    if wrong:
        unusable.append(Unusable(unread_id(shop, delivery), "; ".join(dict.fromkeys(wrong)), look=True))
    for one in unusable:
        raw = delivery.body if one.look else None
        await door.keep(one.event_id, one.reason, raw, source=shop.name, topic=topic, now=delivery.received_at)
    return Received(
        taken=tuple(answer for answer in answers if isinstance(answer, Taken)),
        skipped=tuple(one.reason for one in unusable if not one.look),
        refused=tuple(one.reason for one in unusable if one.look),
    )


def unread_id(shop: Shop, delivery: Delivery) -> str:
    """The id under which a delivery is kept that could not be used: the same for the same bytes."""
    digest = hashlib.sha256(f"{_topic(shop, delivery)}\0".encode() + delivery.body).hexdigest()
    return f"{shop.name}:unread:{digest}"


def _topic(shop: Shop, delivery: Delivery) -> str | None:
    try:
        return shop.topic(delivery)
    except Unreadable:
        return None


def _read(shop: Shop, delivery: Delivery) -> Sequence[Told]:
    try:
        return shop.read(delivery)
    except Unreadable:
        raise
    except Exception as error:
        # Whatever a shop may send that its adapter has not thought of: it will be read when the adapter has.
        _log.warning("an adapter failed", source=shop.name, error=type(error).__name__)
        raise Unreadable(f"the adapter failed with {type(error).__name__}") from error


async def _tell(door: Door, shop: Shop, told: Sequence[Told], topic: str | None) -> Sequence[Answer]:
    facts = [one for one in told if isinstance(one, Fact)]
    answers: list[Answer] = list(await door.accept(facts, source=shop.name, topic=topic)) if facts else []
    for one in told:
        if isinstance(one, PrivacyRequest):
            answers.append(await _request(door, shop, one, topic))
    return answers


async def _request(door: Door, shop: Shop, request: PrivacyRequest, topic: str | None) -> Answer:
    try:
        return await door.request(request, source=shop.name, topic=topic)
    except InvalidAddress as error:
        return NotTaken("customer_email", str(error))
