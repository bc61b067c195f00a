"""A good body of every event type, and how to spoil one."""

from copy import deepcopy
from typing import Any

ADDRESS = "ada.secret@example.com"
ITEM = {"sku": "SKILLET", "name": "Skillet", "quantity": 1, "unit_price": "199.00", "category": "pans"}
EVERY: dict[str, Any] = {
    "event_id": "shop-1:orders/paid:820982911",
    "customer_email": ADDRESS,
    "occurred_at": "2026-11-22T10:15:00Z",
    "phone": "+15550100",
    "name": "Ada",
    "locale": "en-GB",
    "time_zone": "Europe/London",
    "consent": {"email": True, "sms": False},
}
CART = {"cart_id": "c-77", "url": "https://shop.example/cart", "currency": "USD", "items": [ITEM]}
ORDER = {"order_id": "820982911", "total": "199.00", "currency": "USD", "cart_id": "c-77", "items": [ITEM]}
OWN: dict[str, dict[str, Any]] = {
    "VISITED": {},
    "ADD_TO_CART": {"cart": CART},
    "CART_UPDATED": {"cart": CART},
    "ORDER_PAID": {"order": {**ORDER, "country": "US", "shipping_country": "CA", "url": "https://shop.example/o"}},
    "ORDER_REFUNDED": {"order_id": "1", "refund_id": "r", "amount": "5.00", "currency": "USD", "cancelled": False},
    "CONSENT_CHANGED": {"channel": "email", "granted": True, "source": "form"},
    "PROFILE_UPDATED": {},
    "CUSTOM": {"name": "shipped", "properties": {"carrier": "post"}},
}
BODIES = {type_: {"type": type_, **EVERY, **own} for type_, own in OWN.items()}


def changed(type_: str, path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """A good event with one thing put into it."""
    body: dict[str, Any] = deepcopy(BODIES[type_])
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return body


def leaves(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path to every value inside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, part in inner for found in [(*path, key), *leaves(part, (*path, key))]]
