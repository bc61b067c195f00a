"""The results of campaigns: in total, by step, by variant, and compared with the holdout."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns.campaign_results import CampaignResults, Period, Skipped, campaign_results, skipped_messages
from db.campaigns.campaigns import StoredCampaign, list_campaigns
from db.campaigns.holdouts import Group, Holdout, holdouts
from lifecycle.comparison import (
    Average,
    Difference,
    Share,
    compare_averages,
    compare_shares,
    confidence_of_each,
)

REASONS_SHOWN = 8


@dataclass(frozen=True)
class StepReport:
    """The results of one step."""

    step: int
    name: str
    results: CampaignResults


@dataclass(frozen=True)
class Lead:
    """The variant of an A/B test that is ahead of the next best, by the share of its customers who did something.

    `difference` is of shares; None when it is too early to tell.
    """

    measure: str
    leader: str
    runner_up: str
    difference: Difference | None


@dataclass(frozen=True)
class Lift:
    """The effect of a campaign: customers it was meant for, minus those held out; None if it is too early to tell.

    `buyers` is a difference of shares, `revenue` one of money per customer.
    """

    buyers: Difference | None
    revenue: Difference | None


@dataclass(frozen=True)
class CampaignReport:
    """The results of one campaign. Without a holdout, or an A/B test, there is nothing to compare."""

    slug: str
    name: str
    channel: str
    purpose: str
    status: str
    results: CampaignResults
    steps: tuple[StepReport, ...]
    variants: tuple[CampaignResults, ...]
    leads: tuple[Lead, ...]
    skipped: tuple[Skipped, ...]
    holdout: Holdout | None
    lift: Lift | None

    def commonest_reasons(self) -> list[tuple[str, int]]:
        """Why messages were skipped, and how many; rare reasons are added up in a last line."""
        common = [(found.reason, found.count) for found in self.skipped[:REASONS_SHOWN]]
        others = sum(found.count for found in self.skipped[REASONS_SHOWN:])
        return [*common, ("other reasons", others)] if others else common


async def load_report(
    engine: AsyncEngine, window: timedelta, period: Period, now: datetime
) -> tuple[CampaignReport, ...]:
    """Return a report on every campaign, by slug, also on those without messages."""
    steps = await list_campaigns(engine, with_removed=True)
    results, skipped, groups = await asyncio.gather(
        campaign_results(engine, window, period),
        skipped_messages(engine, period),
        holdouts(engine, window, period, now),
    )
    slugs = dict.fromkeys(stored.row.slug for stored in steps)
    return tuple(
        _report(
            [stored for stored in steps if stored.row.slug == slug],
            [found for found in results if found.slug == slug],
            [found for found in skipped if found.slug == slug],
            groups.get(slug),
        )
        for slug in slugs
    )


def leads_of(variants: Sequence[CampaignResults]) -> tuple[Lead, ...]:
    """Return which variant is ahead in clicks, and which in orders.

    The confidence is corrected for the number of pairs of variants that could be compared.
    """
    if len(variants) < 2:
        return ()
    confidence = confidence_of_each(len(variants) * (len(variants) - 1) // 2)
    clicks = {arm.variant or "": Share(arm.clickers, arm.customers) for arm in variants}
    orders = {arm.variant or "": Share(arm.buyers, arm.customers) for arm in variants}
    return _lead("clicked", clicks, confidence), _lead("ordered", orders, confidence)


def lift_of(holdout: Holdout) -> Lift:
    """Compare the customers a campaign was meant for with those held out. They were assigned at random."""
    meant, held_out = holdout.meant, holdout.held_out
    return Lift(
        buyers=compare_shares(Share(meant.buyers, meant.customers), Share(held_out.buyers, held_out.customers)),
        revenue=compare_averages(_average(meant), _average(held_out)) if meant.buyers + held_out.buyers else None,
    )


def _report(
    steps: Sequence[StoredCampaign],
    results: Iterable[CampaignResults],
    skipped: Iterable[Skipped],
    holdout: Holdout | None,
) -> CampaignReport:
    first = next((stored for stored in steps if not stored.is_removed), steps[0])
    slug = first.row.slug
    by_place = {(found.step, found.variant): found for found in results}
    variants = tuple(found for (_, variant), found in by_place.items() if variant is not None)
    return CampaignReport(
        slug=slug,
        name=first.row.name,
        channel=first.row.channel,
        purpose=first.row.purpose,
        status=first.status,
        results=by_place.get((None, None), CampaignResults(slug)),
        steps=tuple(
            StepReport(
                stored.row.step,
                stored.row.name,
                by_place.get((stored.row.step, None), CampaignResults(slug, stored.row.step)),
            )
            for stored in steps
            if not stored.is_removed or (stored.row.step, None) in by_place
        ),
        variants=variants,
        leads=leads_of(variants),
        skipped=tuple(skipped),
        holdout=holdout,
        lift=lift_of(holdout) if holdout else None,
    )


def _lead(measure: str, shares: dict[str, Share], confidence: float) -> Lead:
    leader, runner_up = sorted(shares, key=lambda name: (-shares[name].rate, name))[:2]
    return Lead(measure, leader, runner_up, compare_shares(shares[leader], shares[runner_up], confidence))


def _average(group: Group) -> Average:
    mean = float(group.revenue) / group.customers if group.customers else 0.0
    return Average(mean, group.variance, group.customers)
