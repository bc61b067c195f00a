"""Coupon pools: lists them with their stock, and fills them from files."""

import re
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from db.messages import coupons
from db.messages.coupons import Pool
from operations.access.errors import InvalidInput
from operations.importing.progress import ImportProgress
from operations.importing.reading import check_paths
from operations.messages.coupon_import import CouponFile, CouponSummary, import_coupons

POOL_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_NAME = 64


async def list_pools(engine: AsyncEngine, now: datetime) -> tuple[Pool, ...]:
    """Return every pool that has codes or that a campaign names, by name."""
    return await coupons.list_pools(engine, now)


async def fill_pool(
    engine: AsyncEngine, given: CouponFile, progress: ImportProgress, now: datetime, *, dry_run: bool = False
) -> CouponSummary:
    """Put the codes of a file into a pool, or only count them. A file may be imported again.

    Raises `InvalidInput` with the field of `given` that cannot be used.
    """
    if len(given.pool) > LONGEST_NAME or not POOL_NAME.fullmatch(given.pool):
        raise InvalidInput("must be lower-case letters, digits and hyphens, such as welcome-2026", field="pool")
    if given.expires_at is not None and given.expires_at <= now:
        raise InvalidInput("is in the past", field="expires_at")
    check_paths(given.file, given.refused)
    return await import_coupons(given, engine, progress, dry_run=dry_run)


def describe_stock(pool: Pool) -> str:
    """Say how many codes of a pool are left."""
    if not pool.codes:
        return "there is no code"
    return f"{pool.free} of {pool.codes} codes are left" if pool.free else "no code is left"
