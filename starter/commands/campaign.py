"""`retention campaign`: what is sent, when, to whom."""

import asyncio
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from db.campaigns import campaigns
from db.campaigns.campaign_starts import Start, latest_starts
from db.campaigns.campaigns import REMOVED, CampaignDifference, StoredCampaign
from db.messages.coupons import list_pools
from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import CampaignStatus
from operations.access.connections import open_database
from operations.readiness.coupons import check_coupons
from settings import Settings
from starter.commands import campaign_preview, campaign_start, campaign_stats, campaign_test_send
from starter.commands.campaign_difference import as_values, show_difference
from starter.commands.campaign_rows import check_slugs, check_templates, rows_in_file
from starter.commands.context import find_settings, now
from starter.commands.errors import WrongUse
from starter.commands.options import AsJson, CampaignSlugs, EveryCampaign, example
from starter.commands.output import console, moment, print_json, say, table

DEFAULT_FILE = Path(__file__).parents[2] / "campaigns.yaml"

app = typer.Typer(
    no_args_is_help=True,
    help="Campaigns: what is sent, when, to whom.",
    epilog=example("retention campaign list"),
)
app.command(epilog=campaign_start.EXAMPLE)(campaign_start.start)
app.command(epilog=campaign_preview.EXAMPLE)(campaign_preview.preview)
app.command("test-send", epilog=campaign_test_send.EXAMPLE)(campaign_test_send.send_test)
app.command(epilog=campaign_stats.EXAMPLE)(campaign_stats.stats)


@app.command(name="list", epilog=example("retention campaign list", "retention campaign list --json"))
def list_(as_json: AsJson = False) -> None:
    """Every campaign: what starts it, when its steps go out, and whether it is live."""
    stored, starts = asyncio.run(_all(find_settings()))
    found = [(one, starts.get(one.row.slug)) for one in stored if one.row.trigger_event != REMOVED]
    if as_json:
        print_json([_shown(one, start) for one, start in found])
        return
    by_slug = [list(steps) for _, steps in groupby(found, key=lambda pair: pair[0].row.slug)]
    console().print(table(None, ("Campaign", "When", "Status"), [_line(steps) for steps in by_slug], lines=True))


@app.command(epilog=example("retention campaign apply campaigns.yaml --dry-run", "retention campaign apply"))
def apply(
    file: Annotated[Path, typer.Argument(help="A campaign file.", show_default="campaigns.yaml")] = DEFAULT_FILE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the difference.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the database say what a campaign file says, and show the difference.

    New campaigns are drafts until `retention campaign start`; what is paused stays paused.
    """
    found, warnings = asyncio.run(_apply(find_settings(), rows_in_file(file), dry_run=dry_run))
    if as_json:
        print_json({"applied": not dry_run, **as_values(found), "warnings": warnings})
        return
    show_difference(console(), found, dry_run=dry_run)
    for warning in warnings:
        say(f"warning: {warning}")


@app.command(epilog=example("retention campaign pause abandoned-cart"))
def pause(slugs: CampaignSlugs = None, all_: EveryCampaign = False, as_json: AsJson = False) -> None:
    """Hold campaigns: what falls due waits until they are started again, or until it expires."""
    if bool(slugs) == all_:
        raise WrongUse("give one SLUG or more, or --all")
    paused = asyncio.run(_pause(find_settings(), slugs or []))
    if as_json:
        print_json([{"slug": slug, "status": CampaignStatus.PAUSED} for slug in paused])
        return
    for slug in paused:
        say(f"{slug} is paused")


async def _pause(settings: Settings, slugs: list[str]) -> list[str]:
    """Pause all or none. No slugs mean every campaign that is no draft."""
    async with open_database(settings) as engine:
        statuses = {stored.row.slug: stored.status for stored in await campaigns.list_campaigns(engine)}
        check_slugs(slugs, statuses)
        begun = [slug for slug, status in statuses.items() if status is not CampaignStatus.DRAFT]
        paused = list(dict.fromkeys(slugs)) or begun
        for slug in paused:
            await campaigns.set_status(engine, slug, CampaignStatus.PAUSED)
    return paused


async def _all(settings: Settings) -> tuple[tuple[StoredCampaign, ...], dict[str, Start]]:
    async with open_database(settings) as engine:
        return await campaigns.list_campaigns(engine), await latest_starts(engine)


async def _apply(
    settings: Settings, rows: tuple[CampaignRow, ...], *, dry_run: bool
) -> tuple[CampaignDifference, list[str]]:
    """What changes, and a line for each pool of coupons that has too few codes."""
    check_templates(rows)
    async with open_database(settings) as engine:
        findings = check_coupons(rows, await list_pools(engine, now()))
        warnings = [f"{found.saw}; {found.to_do}" for found in findings if found.to_do]
        if dry_run:
            return campaigns.difference(await campaigns.list_campaigns(engine), rows), warnings
        return await campaigns.apply(engine, rows, CampaignStatus.DRAFT), warnings


def _shown(stored: StoredCampaign, start: Start | None) -> dict[str, object]:
    live_since = start.started_at if start and stored.status is CampaignStatus.LIVE else None
    forced = bool(live_since and start and start.forced)
    return {"id": stored.id, "status": stored.status, "live_since": live_since, "forced": forced, **asdict(stored.row)}


def _line(steps: list[tuple[StoredCampaign, Start | None]]) -> tuple[str, str, str]:
    """One campaign, in cells narrow enough for 80 columns."""
    [(first, start), *_] = steps
    row, status = first.row, str(first.status)
    delays = ", ".join(f"{step.row.delay_hours} h" if step.row.delay_hours else "at once" for step, _ in steps)
    hour = "" if row.send_at_hour is None else f", at {row.send_at_hour}:00"
    if start and first.status is CampaignStatus.LIVE:
        status += f"{', forced' if start.forced else ''}\nsince {moment(start.started_at)}"
    return f"{row.slug}\n{row.purpose}, {row.channel}", f"{row.trigger_event}\n{delays}{hour}", status
