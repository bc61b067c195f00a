"""`retention campaign`: what is sent, when, to whom."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from activities.content.template_check import check_template
from activities.content.templates import TemplateError
from db import campaigns
from db.campaigns import REMOVED, Difference, StoredCampaign
from lifecycle.campaign_file import CampaignRow, InvalidCampaignFile, read_campaigns
from lifecycle.campaigns import CampaignStatus
from settings import Settings
from starter.commands import campaign_proof
from starter.commands.campaign_difference import as_values, show_difference
from starter.commands.errors import Failed, WrongUse
from starter.commands.options import AsJson, example
from starter.commands.output import console, print_json, say, table
from starter.commands.surroundings import find_settings, postgres

DEFAULT_FILE = Path(__file__).parents[2] / "campaigns.yaml"

Slugs = Annotated[list[str] | None, typer.Argument(metavar="SLUG…", help="Campaigns, as `campaign list` names them.")]

app = typer.Typer(
    no_args_is_help=True,
    help="Campaigns: what is sent, when, to whom.",
    epilog=example("retention campaign list"),
)
app.command(epilog=campaign_proof.PREVIEW_EXAMPLE)(campaign_proof.preview)
app.command("test-send", epilog=campaign_proof.TEST_SEND_EXAMPLE)(campaign_proof.send_test)


@app.command(name="list", epilog=example("retention campaign list", "retention campaign list --json"))
def list_(as_json: AsJson = False) -> None:
    """Every campaign, step by step."""
    found = [stored for stored in asyncio.run(_all(find_settings())) if stored.row.trigger_event != REMOVED]
    if as_json:
        print_json([{"id": stored.id, "status": stored.status, **asdict(stored.row)} for stored in found])
        return
    columns = ("Campaign", "Step", "Name", "Trigger", "Channel", "Purpose", "After", "Status")
    console().print(table(None, columns, [_line(stored) for stored in found]))


@app.command(epilog=example("retention campaign apply campaigns.yaml --dry-run", "retention campaign apply"))
def apply(
    file: Annotated[Path, typer.Argument(help="A campaign file.", show_default="campaigns.yaml")] = DEFAULT_FILE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the difference.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the database say what a campaign file says, and show the difference.

    New campaigns are drafts until `retention campaign start`; what is paused stays paused.
    """
    settings = find_settings()
    found = asyncio.run(_apply(settings, _read(file), dry_run=dry_run))
    if as_json:
        print_json({"applied": not dry_run, **as_values(found)})
        return
    show_difference(console(), found, dry_run=dry_run)


@app.command(epilog=example("retention campaign start order-confirmation", "retention campaign start --all"))
def start(
    slugs: Slugs = None,
    all_: Annotated[bool, typer.Option("--all", help="Every campaign there is.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have campaigns send from now on."""
    _set(slugs or [], CampaignStatus.LIVE, everything=all_, as_json=as_json)


@app.command(epilog=example("retention campaign pause abandoned-cart"))
def pause(
    slugs: Slugs = None,
    all_: Annotated[bool, typer.Option("--all", help="Every campaign there is.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold campaigns: what falls due waits until they are started again, or until it expires."""
    _set(slugs or [], CampaignStatus.PAUSED, everything=all_, as_json=as_json)


def _set(slugs: list[str], status: CampaignStatus, *, everything: bool, as_json: bool) -> None:
    if bool(slugs) == everything:
        raise WrongUse("give one SLUG or more, or --all")
    changed = asyncio.run(_change(find_settings(), slugs, status))
    if as_json:
        print_json([{"slug": slug, "status": status} for slug in changed])
        return
    for slug in changed:
        say(f"{slug} is {status}")


async def _change(settings: Settings, slugs: list[str], status: CampaignStatus) -> list[str]:
    """Set all or none. No slugs mean every campaign; of those, pausing leaves drafts what they are."""
    async with postgres(settings) as engine:
        statuses = {stored.row.slug: stored.status for stored in await campaigns.list_campaigns(engine)}
        if unknown := [slug for slug in slugs if slug not in statuses]:
            raise WrongUse(f"no such campaign: {', '.join(unknown)} (`retention campaign list` shows all)")
        pausing = status is CampaignStatus.PAUSED
        everything = [slug for slug, now in statuses.items() if not (pausing and now is CampaignStatus.DRAFT)]
        changed = list(dict.fromkeys(slugs)) or everything
        for slug in changed:
            await campaigns.set_status(engine, slug, status)
    return changed


async def _all(settings: Settings) -> tuple[StoredCampaign, ...]:
    async with postgres(settings) as engine:
        return await campaigns.list_campaigns(engine)


def _read(file: Path) -> tuple[CampaignRow, ...]:
    if not file.is_file():
        raise WrongUse(f"FILE: {file} is no file")
    try:
        return read_campaigns(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise Failed(f"FILE: {file} is not a text file in UTF-8") from None


async def _apply(settings: Settings, rows: tuple[CampaignRow, ...], *, dry_run: bool) -> Difference:
    _check_templates(rows)
    async with postgres(settings) as engine:
        if dry_run:
            return campaigns.difference(await campaigns.list_campaigns(engine), rows)
        return await campaigns.apply(engine, rows, CampaignStatus.DRAFT)


def _check_templates(rows: tuple[CampaignRow, ...]) -> None:
    problems: list[str] = []
    for row in rows:
        try:
            check_template(row)
        except TemplateError as error:
            problems.append(str(error))
    if problems:
        raise InvalidCampaignFile(problems)


def _line(stored: StoredCampaign) -> tuple[object, ...]:
    row = stored.row
    after = f"{row.delay_hours} h" if row.delay_hours else "at once"
    return row.slug, row.step, row.name, row.trigger_event, row.channel, row.purpose, after, stored.status
