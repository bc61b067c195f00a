"""What was refused is read again, with today's code or from a corrected body."""

import hashlib
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json

from db.inbox.rows import KeptEvent
from intake.door.incoming import IncomingEvent, PrivacyRequest
from intake.webhooks.shop import UnreadableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from retention_client.events import SIGNAL_TYPES, InvalidEvent


def read_again(kept: KeptEvent, correction: bytes | None = None) -> tuple[IncomingEvent | PrivacyRequest, ...]:
    """What a refused event or delivery tells. Raises `InvalidEvent` for what still cannot be read.

    A delivery tells what it would have told at first, under the same ids. An event gets a new id, since the inbox has
    its own already: the same for the same content, so that doing it twice does nothing twice.
    """
    content = correction if correction is not None else kept.raw
    if kept.source in SHOPS and kept.body is None:
        return _delivery(kept, content)
    body = _object(content) if content is not None else kept.body
    if body is None:
        raise InvalidEvent("body", "was forgotten: give one with --body")
    if kept.type and kept.type.endswith("_REQUESTED"):
        raise InvalidEvent("type", "is a request: use `retention customer erase` or `retention customer export`")
    event = {"type": SIGNAL_TYPES.get(kept.type or "", kept.type), "customer_email": kept.customer_email, **body}
    return (IncomingEvent({**event, "event_id": _new_id(kept.event_id, event)}),)


def told_id(kept: KeptEvent) -> str | None:
    """The id that an event's own text gives it."""
    try:
        body = kept.body if kept.raw is None else _object(kept.raw)
    except InvalidEvent:
        return None
    found = body.get("event_id") if body else None
    return found if isinstance(found, str) and found.isprintable() and found else None


def _delivery(kept: KeptEvent, content: bytes | None) -> tuple[IncomingEvent | PrivacyRequest, ...]:
    if content is None:
        raise InvalidEvent("body", "was forgotten: give one with --body")
    shop = SHOPS[str(kept.source)]
    headers = {shop.topic_header: kept.topic} if shop.topic_header and kept.topic else {}
    try:
        told = shop.read(WebhookDelivery(content, headers, kept.received_at))
    except UnreadableDelivery as error:
        raise InvalidEvent("body", str(error)) from None
    except Exception as error:
        raise InvalidEvent("body", f"cannot be read: the adapter failed with {type(error).__name__}") from error
    useful = tuple(one for one in told if isinstance(one, IncomingEvent | PrivacyRequest))
    if not useful:
        raise InvalidEvent(
            "body", "; ".join(one.reason for one in told if not isinstance(one, IncomingEvent | PrivacyRequest))
        )
    return useful


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        found = from_json(content)
    except ValueError:
        raise InvalidEvent("body", "is not JSON") from None
    if not isinstance(found, dict):
        raise InvalidEvent("body", "must be one JSON object")
    return found


def _new_id(event_id: str, event: Mapping[str, Any]) -> str:
    content = hashlib.sha256(event_id.encode() + b"\n" + to_json(event)).hexdigest()
    return f"replay:{content[:32]}"
