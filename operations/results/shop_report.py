"""The results of campaigns in a period of whole days, as the shop's settings count them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns.campaign_results import Period
from operations.access.errors import InvalidInput
from operations.campaigns.selection import check_slugs
from operations.results.report import CampaignReport, load_report
from settings import Settings


@dataclass(frozen=True)
class ShopReport:
    """The reports of campaigns, and the settings that they depend on. Both days are included; None is no bound."""

    currency: str
    attribution_days: int
    since: date | None
    until: date | None
    campaigns: tuple[CampaignReport, ...]


async def report_results(
    engine: AsyncEngine,
    settings: Settings,
    now: datetime,
    *,
    slugs: Iterable[str] = (),
    since: date | None = None,
    until: date | None = None,
) -> ShopReport:
    """Report on the messages that were sent, or due if they were not sent, on these days of the shop's time zone.

    Without slugs, report on every campaign. Raises `InvalidInput` for days that make no period, and `UnknownCampaign`.
    """
    period = _period(settings, since, until)
    window = timedelta(days=settings.attribution_days)
    reports = {report.slug: report for report in await load_report(engine, window, period, now)}
    named = list(dict.fromkeys(slugs))
    check_slugs(named, reports)
    campaigns = tuple(reports[slug] for slug in named or reports)
    return ShopReport(settings.currency, settings.attribution_days, since, until, campaigns)


def _period(settings: Settings, since: date | None, until: date | None) -> Period:
    if since and until and until < since:
        raise InvalidInput("must not be before the first day", field="until")
    zone = ZoneInfo(settings.shop_time_zone)
    try:
        return Period(_midnight(since, zone), _midnight(until + timedelta(days=1) if until else None, zone))
    except OverflowError:
        raise InvalidInput("the days are out of range") from None


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None
