"""Whether the coupon pools of campaigns have codes."""

from collections.abc import Iterable

from db.messages.coupons import Pool
from lifecycle.campaign_file import CampaignRow
from operations.readiness.finding import Finding, amber, green, red

NAME = "coupons"


def check_coupons(rows: Iterable[CampaignRow], pools: Iterable[Pool]) -> list[Finding]:
    """One finding for each pool of the campaigns."""
    known = {pool.name: pool for pool in pools}
    fallbacks: dict[str, bool] = {}
    for row in rows:
        if row.coupon_pool is not None:
            fallbacks[row.coupon_pool] = fallbacks.get(row.coupon_pool, True) and row.coupon_fallback is not None
    return [_pool(name, known.get(name), has_fallback=found) for name, found in fallbacks.items()]


def _pool(name: str, pool: Pool | None, *, has_fallback: bool) -> Finding:
    to_do = f"`retention coupon import {name} FILE.csv`"
    if pool is not None and pool.free:
        seen = f"{pool.free} codes of {name} are left"
        return amber(NAME, seen, to_do) if pool.few_left else green(NAME, seen)
    seen = f"the pool {name} has no code left" if pool is not None and pool.codes else f"there is no pool {name}"
    if has_fallback:
        return amber(NAME, f"{seen}: every message gets the fallback", to_do)
    return red(NAME, seen, f"{to_do}, or a coupon_fallback")
