"""`retention campaign list` and `apply`: campaigns as they are stored, and as a file says they should be."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from db.campaigns.campaigns import StoredCampaign
from operations.campaigns.apply import CheckedCampaigns, apply_campaigns
from operations.campaigns.listing import CampaignListing, list_campaigns
from starter.commands.campaign.difference import difference_values, show_difference
from starter.commands.campaign.options import read_campaign_file
from starter.commands.context import find_settings, now
from starter.commands.database_operation import run_on_database
from starter.commands.options import AsJson, example
from starter.commands.output import console, moment, print_json, say, table

DEFAULT_FILE = Path(__file__).parents[3] / "campaigns.yaml"
LIST_EXAMPLE = example("retention campaign list", "retention campaign list --json")
APPLY_EXAMPLE = example("retention campaign apply campaigns.yaml --dry-run", "retention campaign apply")

app = typer.Typer()


@app.command("list", epilog=LIST_EXAMPLE)
def list_(as_json: AsJson = False) -> None:
    """List every campaign: its trigger, when its steps are sent, and whether it is live."""
    campaigns = run_on_database(find_settings(), list_campaigns)
    if as_json:
        print_json([_step_values(campaign, step) for campaign in campaigns for step in campaign.steps])
        return
    console().print(table(None, ("Campaign", "When", "Status"), map(_cells, campaigns), lines=True))


@app.command(epilog=APPLY_EXAMPLE)
def apply(
    file: Annotated[Path, typer.Argument(help="A campaign file.", show_default="campaigns.yaml")] = DEFAULT_FILE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the difference.")] = False,
    as_json: AsJson = False,
) -> None:
    """Update the database to match a campaign file, and show every difference.

    New campaigns are drafts until `retention campaign start`; a paused campaign stays paused.
    """
    checked = CheckedCampaigns.of(read_campaign_file(file))
    applied = run_on_database(find_settings(), lambda engine: apply_campaigns(engine, checked, now(), dry_run=dry_run))
    if as_json:
        values = difference_values(applied.difference)
        print_json({"applied": applied.applied, **values, "warnings": applied.warnings})
        return
    show_difference(console(), applied.difference, dry_run=dry_run)
    for warning in applied.warnings:
        say(f"warning: {warning}")


def _step_values(campaign: CampaignListing, step: StoredCampaign) -> dict[str, object]:
    return {
        "id": step.id,
        "status": step.status,
        "live_since": campaign.live_since,
        "forced": campaign.forced,
        **asdict(step.row),
    }


def _cells(campaign: CampaignListing) -> tuple[str, str, str]:
    """One campaign, in cells narrow enough for 80 columns."""
    row, status = campaign.steps[0].row, str(campaign.status)
    delays = ", ".join(f"{step.row.delay_hours} h" if step.row.delay_hours else "at once" for step in campaign.steps)
    hour = "" if row.send_at_hour is None else f", at {row.send_at_hour}:00"
    if campaign.live_since:
        status += f"{', forced' if campaign.forced else ''}\nsince {moment(campaign.live_since)}"
    return f"{row.slug}\n{row.purpose}, {row.channel}", f"{row.trigger_event}\n{delays}{hour}", status
