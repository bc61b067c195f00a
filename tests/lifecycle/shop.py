"""A shop that tells its events as JSON, the way a storefront does. Times are days, or spans, after `OPENING`."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from lifecycle.ledger_events import AnyEvent, ChurnChecked
from retention_client.events import StorefrontEvent, parse_event

OPENING = datetime(2026, 1, 1, 12, tzinfo=UTC)
EMAIL = "ada@example.com"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

_numbers = count(1)


def at(time: float | timedelta | datetime) -> datetime:
    """A moment, given as itself or as days or a span after the opening."""
    if isinstance(time, datetime):
        return time
    return OPENING + (time if isinstance(time, timedelta) else timedelta(days=time))


def event(type_: str, time: float | timedelta | datetime, **fields: Any) -> StorefrontEvent:
    """Any event. The event id is a new one unless given."""
    body = {
        "type": type_,
        "event_id": f"shop-1:{type_.lower()}:{next(_numbers):09}",
        "customer_email": EMAIL,
        "occurred_at": at(time).isoformat(),
        **fields,
    }
    return parse_event(body, currency="USD")


def item(sku: str = "SKILLET", price: str = "49.90", quantity: int = 1, **more: Any) -> dict[str, Any]:
    """A line of a cart or an order."""
    return {"sku": sku, "name": sku.title(), "quantity": quantity, "unit_price": price, **more}


def visited(time: float | timedelta | datetime, **fields: Any) -> StorefrontEvent:
    """The customer signed up."""
    return event("VISITED", time, **fields)


def cart(
    time: float | timedelta | datetime, cart_id: str = "c-1", *skus: str, type_: str = "CART_UPDATED", **fields: Any
) -> StorefrontEvent:
    """The cart holds these SKUs now; a skillet when none is named."""
    return event(type_, time, cart={"cart_id": cart_id, "items": [item(sku) for sku in skus or ("SKILLET",)]}, **fields)


def emptied(time: float | timedelta | datetime, cart_id: str = "c-1", **fields: Any) -> StorefrontEvent:
    """The cart holds nothing any more."""
    return event("CART_UPDATED", time, cart={"cart_id": cart_id, "items": []}, **fields)


def paid(
    time: float | timedelta | datetime,
    total: str = "100.00",
    order_id: str | None = None,
    cart_id: str | None = None,
    items: list[dict[str, Any]] | None = None,
    **fields: Any,
) -> StorefrontEvent:
    """An order was paid; a new one unless its id is given."""
    order = {
        "order_id": order_id or f"order-{next(_numbers)}",
        "total": total,
        "currency": "USD",
        "cart_id": cart_id,
        "items": items or [],
    }
    return event("ORDER_PAID", time, order=order, **fields)


def refunded(time: float | timedelta | datetime, order_id: str, amount: str | None, **fields: Any) -> StorefrontEvent:
    """Money went back on an order."""
    return event("ORDER_REFUNDED", time, order_id=order_id, amount=amount, **fields)


def cancelled(time: float | timedelta | datetime, order_id: str, **fields: Any) -> StorefrontEvent:
    """The whole order was taken back."""
    return event("ORDER_REFUNDED", time, order_id=order_id, cancelled=True, **fields)


def checked(time: float | timedelta | datetime) -> AnyEvent:
    """The daily check looked."""
    moment = at(time)
    return ChurnChecked(event_id=f"check:{moment.isoformat()}", customer_email=EMAIL, occurred_at=moment)
