"""Events of the contract, as the adapters write them: JSON values, without what is not known."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

MOST_EVENTS = 1_000
"""Events of one list, each of which has to be checked while others wait."""

MOST_ITEMS = 1000
LONGEST_ID = 200
LONGEST_NAME = 500


def event(type_: str, event_id: str, occurred_at: datetime, **fields: object) -> dict[str, Any]:
    """An event; fields that are None or blank are left out."""
    return {"type": type_, "event_id": event_id, "occurred_at": occurred_at.isoformat(), **known(**fields)}


def known(**fields: object) -> dict[str, Any]:
    """What is known of some fields, money as text."""
    return {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in fields.items()
        if value is not None and value != ""
    }


def item(skus: Iterable[str | None], name: str | None, quantity: int | None, price: Decimal | None) -> dict[str, Any]:
    """A line by the first name there is for its product; empty when it has none, or nothing is left of it."""
    sku = next(filter(None, skus), None)
    return known(sku=sku, name=name, quantity=quantity, unit_price=price) if sku and quantity else {}


def items(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines that there are, as many as the contract takes."""
    return [line for line in lines if line][:MOST_ITEMS]


def full_name(*names: str | None) -> str:
    """First and last name in one."""
    return " ".join(filter(None, (name.strip() for name in names if name)))[:LONGEST_NAME]


def event_id(*parts: str) -> str:
    """Parts joined by colons; what no id can hold is told by its digest."""
    joined = ":".join(parts)
    return (
        joined if len(joined) <= LONGEST_ID and joined.isprintable() else f"{parts[0][:100]}:{digest(joined.encode())}"
    )


def version(updated_at: datetime | None, body: bytes) -> str:
    """What tells one state of something from the next: when it changed, else all that is said of it."""
    return updated_at.isoformat() if updated_at else digest(body)


def digest(body: bytes) -> str:
    """32 hexadecimal digits for a body."""
    return hashlib.sha256(body).hexdigest()[:32]
