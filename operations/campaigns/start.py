"""Start campaigns, if everything that they need is ready, and pause them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns import campaign_starts, campaigns
from lifecycle.campaigns import CampaignStatus
from operations.campaigns.selection import check_slugs
from operations.readiness import Finding, Light, ReadinessScope, by_light, examine
from settings import Settings


@dataclass(frozen=True)
class StartAttempt:
    """An attempt to start campaigns. `findings` are those that are not green.

    `forced` says that the campaigns went live although a finding is red.
    """

    slugs: list[str]
    findings: list[Finding]
    is_live: bool
    forced: bool

    @property
    def red(self) -> int:
        """The number of findings that prevent the campaigns from going live."""
        return len(by_light(self.findings, Light.RED))


async def start_campaigns(
    engine: AsyncEngine, settings: Settings, slugs: Iterable[str], now: datetime, *, force: bool = False
) -> StartAttempt:
    """Start campaigns, all of them or none; without slugs every campaign.

    A red finding prevents it, unless `force` is set. Each start is stored with its findings. Raises `UnknownCampaign`.
    """
    steps = await campaigns.list_campaigns(engine)
    chosen = _chosen(slugs, [step.row.slug for step in steps])
    scope = ReadinessScope.of(step.row for step in steps if step.row.slug in chosen)
    findings = [finding for finding in await examine(settings, scope, now) if finding.light is not Light.GREEN]
    red = bool(by_light(findings, Light.RED))
    if red and not force:
        return StartAttempt(chosen, findings, is_live=False, forced=False)
    await campaign_starts.start_campaigns(engine, chosen, now, findings, forced=red)
    return StartAttempt(chosen, findings, is_live=True, forced=red)


async def pause_campaigns(engine: AsyncEngine, slugs: Iterable[str]) -> list[str]:
    """Pause campaigns; without slugs every campaign that is not a draft. Returns the paused ones.

    Raises `UnknownCampaign` before any is paused.
    """
    statuses = {step.row.slug: step.status for step in await campaigns.list_campaigns(engine)}
    started = [slug for slug, status in statuses.items() if status is not CampaignStatus.DRAFT]
    named = list(dict.fromkeys(slugs))
    check_slugs(named, statuses)
    paused = named or started
    for slug in paused:
        await campaigns.set_status(engine, slug, CampaignStatus.PAUSED)
    return paused


def _chosen(slugs: Iterable[str], known: Sequence[str]) -> list[str]:
    named = list(dict.fromkeys(slugs))
    check_slugs(named, known)
    return named or list(dict.fromkeys(known))
