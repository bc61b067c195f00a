"""Pools are listed with what is left, and a request that cannot be used names its field."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from operations.access.errors import InvalidInput
from operations.messages.coupon_import import CouponFile
from operations.messages.coupons import describe_stock, fill_pool, list_pools
from tests.db.messages.conftest import NOW, POOL, Drawer
from tests.operations.progress import NoProgress


@pytest.fixture
def given(tmp_path: Path) -> CouponFile:
    """A file of two codes."""
    file = tmp_path / "codes.csv"
    file.write_text("code\nA1\nB2\n")
    return CouponFile(file, tmp_path / "refused.csv", "utf-8", POOL, NOW + timedelta(days=1))


async def test_a_pool_is_filled_and_listed(drawer: Drawer, given: CouponFile) -> None:
    [pool] = await list_pools(drawer.engine, NOW)
    assert (pool.name, pool.free, describe_stock(pool)) == (POOL, 0, "there is no code")
    assert (await fill_pool(drawer.engine, given, NoProgress(), NOW, dry_run=True)).added == 2
    assert (await list_pools(drawer.engine, NOW))[0].free == 0
    assert (await fill_pool(drawer.engine, given, NoProgress(), NOW)).added == 2
    [pool] = await list_pools(drawer.engine, NOW)
    assert (pool.free, pool.few_left, describe_stock(pool)) == (2, True, "2 of 2 codes are left")
    [later] = await list_pools(drawer.engine, NOW + timedelta(days=2))
    assert (later.expired, describe_stock(later)) == (2, "no code is left")


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        ({"pool": "Kettle"}, "pool", "lower-case letters"),
        ({"pool": "k" * 65}, "pool", "lower-case letters"),
        ({"file": Path("nowhere.csv")}, "file", "nowhere.csv is not a file"),
        ({"expires_at": NOW}, "expires_at", "is in the past"),
    ],
)
async def test_a_request_that_cannot_be_used(
    drawer: Drawer, given: CouponFile, wrong: dict[str, object], field: str, reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason) as raised:
        await fill_pool(drawer.engine, replace(given, **wrong), NoProgress(), NOW)  # type: ignore[arg-type]
    assert raised.value.field == field
    assert await drawer.holders() == {}


async def test_refused_rows_never_replace_the_file(drawer: Drawer, given: CouponFile) -> None:
    with pytest.raises(InvalidInput, match="is the imported file itself"):
        await fill_pool(drawer.engine, replace(given, refused=given.file), NoProgress(), NOW)
