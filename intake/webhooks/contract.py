"""Events of the contract, as the adapters build them: JSON objects without unknown fields."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

MOST_ITEMS = 1000
LONGEST_ID = 200
LONGEST_NAME = 500


def build_event(type_: str, event_id: str, occurred_at: datetime, **fields: object) -> dict[str, Any]:
    """Build an event; fields that are None or blank are left out."""
    return {"type": type_, "event_id": event_id, "occurred_at": occurred_at.isoformat(), **present_fields(**fields)}


def present_fields(**fields: object) -> dict[str, Any]:
    """The fields that are neither None nor blank, with money as text."""
    return {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in fields.items()
        if value is not None and value != ""
    }


def item(skus: Iterable[str | None], name: str | None, quantity: int | None, price: Decimal | None) -> dict[str, Any]:
    """A line item with the first SKU that is set; empty when there is no SKU or no quantity."""
    sku = next(filter(None, skus), None)
    return present_fields(sku=sku, name=name, quantity=quantity, unit_price=price) if sku and quantity else {}


def items(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The line items that are not empty, up to the contract's limit."""
    return [line for line in lines if line][:MOST_ITEMS]


def full_name(*names: str | None) -> str:
    """First and last name in one string; blank when neither is set."""
    return " ".join(filter(None, (name.strip() for name in names if name)))[:LONGEST_NAME]


def make_event_id(*parts: str) -> str:
    """The parts joined by colons. A result that is too long or not printable is replaced by its digest."""
    joined = ":".join(parts)
    return (
        joined if len(joined) <= LONGEST_ID and joined.isprintable() else f"{parts[0][:100]}:{digest(joined.encode())}"
    )


def version(updated_at: datetime | None, body: bytes) -> str:
    """What distinguishes two versions of one object: the time of the change, or without one a digest of the body."""
    return updated_at.isoformat() if updated_at else digest(body)


def digest(body: bytes) -> str:
    """The digest of a body: 32 hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()[:32]
