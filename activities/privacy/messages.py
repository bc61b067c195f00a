"""What is asked of the erasing and exporting workflows and their activities. No address, telephone number or name."""

from dataclasses import dataclass
from datetime import datetime

from db.customers.tombstones import Tombstone

ERASE_SHOP_ID = "erase-shop"

LATE_SIGNAL = "late signal"
"""Who asks when an erased customer's workflow was started once more: its history has to go, and no more than that."""


@dataclass(frozen=True)
class Erase:
    """Forget a customer, and whatever they did until `requested_at` or until now, whichever is later."""

    customer_id: str
    requested_by: str
    requested_at: datetime


@dataclass(frozen=True)
class Erasing:
    """An erasure that has begun."""

    customer_id: str
    tombstone: Tombstone


@dataclass(frozen=True)
class EraseWholeShop:
    """Forget every customer whom the shop system `source` told of. `after` is where a long erasure stands."""

    requested_by: str
    source: str
    after: str = ""


@dataclass(frozen=True)
class Export:
    """Write what is known of a customer into a file for the operator."""

    customer_id: str
    requested_by: str


@dataclass(frozen=True)
class ExportAt:
    """An export as of a time, which is part of the file's name: an activity tried again writes the same file."""

    customer_id: str
    now: datetime


def erasure_id(customer: str) -> str:
    """The workflow that erases a customer: at most one at a time."""
    return f"erase/{customer}"


def export_id(customer: str) -> str:
    """The workflow that exports a customer's data."""
    return f"export/{customer}"
