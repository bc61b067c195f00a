"""Reads a refused event again, with today's code or from a corrected body."""

import hashlib
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json

from db.inbox.rows import StoredInboxEvent
from intake.door.incoming import IncomingEvent, PrivacyRequest
from intake.webhooks.shop_adapter import UnreadableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from retention_client.events import SIGNAL_TYPES, InvalidEvent

NO_BODY = "is no longer stored: give one with --body"


def read_refused(
    stored: StoredInboxEvent, correction: bytes | None = None
) -> tuple[IncomingEvent | PrivacyRequest, ...]:
    """Read the contents of a refused event or webhook delivery. Raises `InvalidEvent` if they still cannot be read.

    The events of a delivery keep their original ids. A single event gets a new id, because the refused row has its own.
    The new id depends on the content only, so a repeated replay is a duplicate.
    """
    content = correction if correction is not None else stored.raw
    if stored.source in SHOPS and stored.body is None:
        return _read_delivery(stored, content)
    body = _json_object(content) if content is not None else stored.body
    if body is None:
        raise InvalidEvent("body", NO_BODY)
    if stored.type and stored.type.endswith("_REQUESTED"):
        raise InvalidEvent("type", "is a request: use `retention customer erase` or `retention customer export`")
    event = {"type": SIGNAL_TYPES.get(stored.type or "", stored.type), "customer_email": stored.customer_email, **body}
    return (IncomingEvent({**event, "event_id": _new_id(stored.event_id, event)}),)


def original_event_id(stored: StoredInboxEvent) -> str | None:
    """The `event_id` in an event's own text, which differs from the row's id when a signal was refused."""
    try:
        body = stored.body if stored.raw is None else _json_object(stored.raw)
    except InvalidEvent:
        return None
    found = body.get("event_id") if body else None
    return found if isinstance(found, str) and found.isprintable() and found else None


def _read_delivery(stored: StoredInboxEvent, content: bytes | None) -> tuple[IncomingEvent | PrivacyRequest, ...]:
    if content is None:
        raise InvalidEvent("body", NO_BODY)
    shop = SHOPS[str(stored.source)]
    headers = {shop.topic_header: stored.topic} if shop.topic_header and stored.topic else {}
    try:
        found = shop.read(WebhookDelivery(content, headers, stored.received_at))
    except UnreadableDelivery as error:
        raise InvalidEvent("body", str(error)) from None
    except Exception as error:
        raise InvalidEvent("body", f"cannot be read: the adapter failed with {type(error).__name__}") from error
    useful = tuple(one for one in found if isinstance(one, IncomingEvent | PrivacyRequest))
    if not useful:
        raise InvalidEvent(
            "body", "; ".join(one.reason for one in found if not isinstance(one, IncomingEvent | PrivacyRequest))
        )
    return useful


def _json_object(content: bytes) -> Mapping[str, Any]:
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
