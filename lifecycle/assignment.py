"""Who is in which group of a campaign, by chance that is the same every time it is asked."""

import hashlib
from collections.abc import Sequence

from lifecycle.campaigns import Arm

PARTS = 2**48
"""Few enough for a float to hold each share exactly: none is rounded up to the whole."""


def is_held_out(customer_id: str, slug: str, percent: int) -> bool:
    """Whether a customer belongs to the `percent` who never get the campaign."""
    return _share(customer_id, slug, "holdout") * 100 < percent


def arm_of(customer_id: str, slug: str, arms: Sequence[Arm]) -> str | None:
    """The arm of an A/B test in which a customer is; None without a test. All steps of a campaign share it."""
    left = _share(customer_id, slug, "variant") * sum(arm.weight for arm in arms)
    for arm in arms:
        left -= arm.weight
        if left < 0:
            return arm.name
    return None


def _share(customer_id: str, slug: str, of: str) -> float:
    """Where between 0 and 1 a customer falls; independent from one campaign, and one question, to the next."""
    digest = hashlib.sha256(f"{of}\n{slug}\n{customer_id}".encode()).digest()
    return int.from_bytes(digest[:6]) / PARTS
