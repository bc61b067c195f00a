"""`retention campaign start` and `pause`."""

from dataclasses import asdict
from typing import Annotated

import typer

from lifecycle.campaigns import CampaignStatus
from operations.campaigns.start import pause_campaigns, start_campaigns
from starter.commands.context import find_settings, now
from starter.commands.database_operation import run_on_database
from starter.commands.doctor import show_findings
from starter.commands.errors import CommandError, UsageError
from starter.commands.options import AsJson, CampaignSlugs, EveryCampaign, example
from starter.commands.output import print_json, say

START_EXAMPLE = example("retention campaign start order-confirmation", "retention campaign start --all")
PAUSE_EXAMPLE = example("retention campaign pause abandoned-cart")

app = typer.Typer()


@app.command(epilog=START_EXAMPLE)
def start(
    slugs: CampaignSlugs = None,
    all_: EveryCampaign = False,
    force: Annotated[bool, typer.Option("--force", help="Start even if something is red; this is recorded.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let campaigns send from now on, if everything that they need is ready; all of them or none.

    `retention doctor` shows more. Each start is recorded with what was not green.
    """
    named = _named(slugs, every=all_)
    settings = find_settings()
    attempt = run_on_database(settings, lambda engine: start_campaigns(engine, settings, named, now(), force=force))
    if as_json:
        print_json(asdict(attempt))
    else:
        if attempt.findings:
            show_findings(attempt.findings)
        for slug in attempt.slugs if attempt.is_live else ():
            say(f"{slug} is live")
    if not attempt.is_live:
        raise CommandError(f"not started: {attempt.red} to fix first; `--force` starts anyway, and is recorded")


@app.command(epilog=PAUSE_EXAMPLE)
def pause(slugs: CampaignSlugs = None, all_: EveryCampaign = False, as_json: AsJson = False) -> None:
    """Pause campaigns: due messages wait until the campaign is started again, or until they expire."""
    named = _named(slugs, every=all_)
    paused = run_on_database(find_settings(), lambda engine: pause_campaigns(engine, named))
    if as_json:
        print_json([{"slug": slug, "status": CampaignStatus.PAUSED} for slug in paused])
        return
    for slug in paused:
        say(f"{slug} is paused")


def _named(slugs: list[str] | None, *, every: bool) -> list[str]:
    """The given slugs; an empty list for all campaigns."""
    if bool(slugs) == every:
        raise UsageError("give one SLUG or more, or --all")
    return slugs or []
