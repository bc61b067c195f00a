"""Which group of a campaign a customer is in: random, and the same on every call."""

import hashlib
from collections.abc import Sequence

from lifecycle.campaigns import VariantWeight

PARTS = 2**48
"""Few enough for a float to hold each share exactly: no share is rounded up to 1."""


def is_held_out(customer_id: str, slug: str, percent: int) -> bool:
    """Return whether a customer belongs to the `percent` who never get the campaign."""
    return _share(customer_id, slug, "holdout") * 100 < percent


def arm_of(customer_id: str, slug: str, arms: Sequence[VariantWeight]) -> str | None:
    """Return a customer's arm of an A/B test, the same in all steps of a campaign; None without a test."""
    left = _share(customer_id, slug, "variant") * sum(arm.weight for arm in arms)
    for arm in arms:
        left -= arm.weight
        if left < 0:
            return arm.name
    return None


def _share(customer_id: str, slug: str, of: str) -> float:
    """A number from 0 to below 1 for a customer, independent between campaigns and between kinds of groups."""
    digest = hashlib.sha256(f"{of}\n{slug}\n{customer_id}".encode()).digest()
    return int.from_bytes(digest[:6]) / PARTS
