"""`retention campaign stats`: what came of campaigns."""

import asyncio
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from activities.content.phrases import locale_of
from db.campaigns.campaign_results import Period
from operations.access.connections import open_database
from operations.results.figures import Figures
from operations.results.report import CampaignReport, load_report
from settings import Settings
from starter.commands.campaign_rows import check_slugs
from starter.commands.campaign_tables import show_all, show_one
from starter.commands.context import find_settings, now
from starter.commands.errors import WrongUse
from starter.commands.options import AsJson, example
from starter.commands.output import console, print_json, say
from starter.pages.results_page import results_page

EXAMPLE = example(
    "retention campaign stats --open", "retention campaign stats abandoned-cart --since 2026-11-01 --json"
)

Slugs = Annotated[list[str] | None, typer.Argument(metavar="SLUG…", help="Only these campaigns, and in detail.")]


def stats(
    slugs: Slugs = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Messages sent, or due, from this day on: 2026-11-01.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Up to and including this day.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with charts.", dir_okay=False)] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """What came of campaigns: sent, read, clicked, bought; by step and variant, and beside the holdout.

    An order belongs to the last message that its customer clicked, or else opened, within ATTRIBUTION_DAYS before it.
    """
    first, last = _day("--since", since), _day("--until", until)
    if first and last and last < first:
        raise WrongUse("--until: must not be before --since")
    settings = find_settings()
    period = _period(settings, first, last)
    reports = _chosen(asyncio.run(_load(settings, period)), slugs or [])
    figures = Figures(locale_of(settings.shop_locale), settings.currency)
    page = out or (settings.data_directory / "results.html" if open_ else None)
    if page is not None:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(results_page(reports, figures, settings, first, last), encoding="utf-8")
    if as_json:
        print_json(_as_values(settings, first, last, reports))
    elif not reports:
        say("no campaigns yet: `retention campaign apply` reads some from a file")
    else:
        show_all(console(), reports, figures)
        for report in reports if slugs else ():
            show_one(console(), report, figures)
        if page is not None:
            say(f"written: {page}")
    if open_ and page is not None:
        typer.launch(str(page.absolute()))


def _day(option: str, given: str | None) -> date | None:
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise WrongUse(f"{option}: must be a date such as 2026-11-01") from None


def _period(settings: Settings, first: date | None, last: date | None) -> Period:
    """Whole days where the shop is."""
    zone = ZoneInfo(settings.shop_time_zone)
    try:
        after = last + timedelta(days=1) if last else None
        return Period(_midnight(first, zone), _midnight(after, zone))
    except OverflowError:
        raise WrongUse("--since, --until: are out of range") from None


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None


def _chosen(reports: tuple[CampaignReport, ...], slugs: list[str]) -> tuple[CampaignReport, ...]:
    known = {report.slug: report for report in reports}
    check_slugs(slugs, known)
    return tuple(known[slug] for slug in dict.fromkeys(slugs)) or reports


async def _load(settings: Settings, period: Period) -> tuple[CampaignReport, ...]:
    async with open_database(settings) as engine:
        return await load_report(engine, timedelta(days=settings.attribution_days), period, now())


def _as_values(
    settings: Settings, first: date | None, last: date | None, reports: tuple[CampaignReport, ...]
) -> dict[str, Any]:
    return {
        "currency": settings.currency,
        "attribution_days": settings.attribution_days,
        "since": first,
        "until": last,
        "campaigns": [asdict(report) for report in reports],
    }
