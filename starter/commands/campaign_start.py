"""`retention campaign start`: a campaign goes live when everything that it needs is ready."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns import campaigns
from db.campaigns.campaign_starts import start_campaigns
from db.campaigns.campaigns import REMOVED
from operations.access.connections import open_database
from operations.readiness import Finding, Light, Scope, by_light, examine
from settings import Settings
from starter.commands.campaign_rows import check_slugs
from starter.commands.context import find_settings, now
from starter.commands.doctor import show_findings
from starter.commands.errors import Failed, WrongUse
from starter.commands.options import AsJson, CampaignSlugs, EveryCampaign, example
from starter.commands.output import print_json, say

EXAMPLE = example("retention campaign start order-confirmation", "retention campaign start --all")


@dataclass(frozen=True)
class Attempt:
    """An attempt to start campaigns; `findings` are those that are not green."""

    slugs: list[str]
    findings: list[Finding]
    is_live: bool
    forced: bool


def start(
    slugs: CampaignSlugs = None,
    all_: EveryCampaign = False,
    force: Annotated[bool, typer.Option("--force", help="Whatever is red; it is recorded.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have campaigns send from now on, if everything is ready that they need; all of them or none.

    `retention doctor` shows more. Each start is recorded with what stood against it.
    """
    if bool(slugs) == all_:
        raise WrongUse("give one SLUG or more, or --all")
    done = asyncio.run(_start(find_settings(), slugs or [], force=force))
    if as_json:
        print_json(asdict(done))
    else:
        _tell(done)
    if not done.is_live:
        red = len(by_light(done.findings, Light.RED))
        raise Failed(f"not started: {red} to mend first; `--force` starts all the same, and is recorded")


async def _start(settings: Settings, slugs: list[str], *, force: bool) -> Attempt:
    async with open_database(settings) as engine:
        chosen, scope = await _chosen(engine, slugs)
        findings = [found for found in await examine(settings, scope, now()) if found.light is not Light.GREEN]
        forced = bool(by_light(findings, Light.RED))
        if forced and not force:
            return Attempt(chosen, findings, is_live=False, forced=False)
        await start_campaigns(engine, chosen, now(), findings, forced=forced)
    return Attempt(chosen, findings, is_live=True, forced=forced)


async def _chosen(engine: AsyncEngine, slugs: list[str]) -> tuple[list[str], Scope]:
    """The campaigns, which are all when none is named, and what they need."""
    stored = await campaigns.list_campaigns(engine)
    known = [found.row.slug for found in stored]
    check_slugs(slugs, known)
    chosen = list(dict.fromkeys(slugs or known))
    return chosen, Scope.of(
        found.row for found in stored if found.row.slug in chosen and found.row.trigger_event != REMOVED
    )


def _tell(done: Attempt) -> None:
    if done.findings:
        show_findings(done.findings)
    if done.is_live:
        for slug in done.slugs:
            say(f"{slug} is live")
