"""Inputs of the workflows that erase and export, and of their activities: no address, phone number or name."""

from dataclasses import dataclass
from datetime import datetime

from db.customers.tombstones import Tombstone

ERASE_SHOP_ID = "erase-shop"

LATE_SIGNAL = "late signal"
"""The requester when an erased customer's workflow was started again: only its history has to be deleted."""


@dataclass(frozen=True)
class Erase:
    """Erase a customer with everything until `requested_at` or now, whichever is later."""

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
    """Erase every customer whom the shop system `source` reported, from the id `after` on."""

    requested_by: str
    source: str
    after: str = ""


@dataclass(frozen=True)
class Export:
    """Write a customer's data into a file for the operator."""

    customer_id: str
    requested_by: str


@dataclass(frozen=True)
class ExportAt:
    """An export as of a time. The time is part of the file's name, so a retry writes the same file."""

    customer_id: str
    now: datetime


def erasure_id(customer_id: str) -> str:
    """The id of the workflow that erases a customer: at most one at a time."""
    return f"erase/{customer_id}"


def export_id(customer_id: str) -> str:
    """The id of the workflow that exports a customer's data."""
    return f"export/{customer_id}"
