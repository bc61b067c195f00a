"""The results of a period of days, and of some campaigns."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.access.errors import InvalidInput
from operations.campaigns.selection import UnknownCampaign
from operations.results.shop_report import ShopReport, report_results
from settings import Settings
from tests.operations.results.conftest import DAY, HOUR, START, Log

BERLIN = Settings(_env_file=None, shop_time_zone="Europe/Berlin", attribution_days=3)


async def report(engine: AsyncEngine, **chosen: Any) -> ShopReport:
    return await report_results(engine, BERLIN, START + 30 * DAY, **chosen)


async def test_days_are_the_shops_and_both_are_included(log: Log, engine: AsyncEngine) -> None:
    log.campaign()
    # In Berlin the third of November begins at 23:00 of the second.
    midnight = START.replace(day=2, hour=23)
    log.message("on the second", due=midnight - HOUR, sent=midnight - HOUR)
    log.message("on the third", due=midnight, sent=midnight)
    log.message("on the fourth", due=midnight + DAY, sent=midnight + DAY)

    async def sent(**days: date) -> int:
        return (await report(engine, **days)).campaigns[0].results.sent

    third = date(2026, 11, 3)
    assert await sent(since=third) == 2
    assert await sent(until=third) == 2
    assert await sent(since=third, until=third) == 1


async def test_a_report_says_what_it_depends_on(log: Log, engine: AsyncEngine) -> None:
    found = await report(engine, since=date(2026, 11, 3))
    assert found == ShopReport("USD", 3, date(2026, 11, 3), None, ())


async def test_named_campaigns_come_in_their_order(log: Log, engine: AsyncEngine) -> None:
    for slug in ("care", "shipped", "win-back"):
        log.campaign(slug)
    assert [found.slug for found in (await report(engine)).campaigns] == ["care", "shipped", "win-back"]
    found = await report(engine, slugs=["win-back", "care", "win-back"])
    assert [campaign.slug for campaign in found.campaigns] == ["win-back", "care"]
    with pytest.raises(UnknownCampaign):
        await report(engine, slugs=["care", "nowhere"])


@pytest.mark.parametrize(
    ("days", "field", "reason"),
    [
        ({"since": date(2026, 11, 2), "until": date(2026, 11, 1)}, "until", "must not be before"),
        ({"until": date.max}, None, "out of range"),
    ],
)
async def test_days_that_make_no_period(
    log: Log, engine: AsyncEngine, days: dict[str, date], field: str | None, reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason) as raised:
        await report(engine, **days)
    assert raised.value.field == field
