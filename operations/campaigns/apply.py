"""Update the database to match a campaign file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.content.templates import TemplateError
from activities.writing.wording_check import check_wording
from db.campaigns import campaigns
from db.campaigns.campaigns import CampaignDifference
from db.messages.coupons import list_pools
from lifecycle.campaign_file import CampaignRow, InvalidCampaignFile
from lifecycle.campaigns import CampaignStatus
from operations.readiness.coupons import check_coupons


@dataclass(frozen=True)
class CheckedCampaigns:
    """Rows of a campaign file whose templates and prompts can be rendered."""

    rows: tuple[CampaignRow, ...]

    @classmethod
    def of(cls, rows: Iterable[CampaignRow]) -> Self:
        """Check rows; this needs no server. Raises `InvalidCampaignFile` with one line for each row that fails."""
        checked = tuple(rows)
        check_wordings(checked)
        return cls(checked)


@dataclass(frozen=True)
class AppliedCampaigns:
    """What a file changed, or would change in a dry run, and a warning for each coupon pool that is short of codes."""

    difference: CampaignDifference
    warnings: tuple[str, ...]
    applied: bool


async def apply_campaigns(
    engine: AsyncEngine, checked: CheckedCampaigns, now: datetime, *, dry_run: bool = False
) -> AppliedCampaigns:
    """Apply a campaign file as a whole. A new campaign is a draft; a paused one stays paused."""
    rows = checked.rows
    findings = check_coupons(rows, await list_pools(engine, now))
    warnings = tuple(f"{finding.saw}; {finding.to_do}" for finding in findings if finding.to_do)
    if dry_run:
        difference = campaigns.difference(await campaigns.list_campaigns(engine), rows)
    else:
        difference = await campaigns.apply(engine, rows, CampaignStatus.DRAFT)
    return AppliedCampaigns(difference, warnings, applied=not dry_run)


def check_wordings(rows: Iterable[CampaignRow]) -> None:
    """Render the templates and the prompt of every row for sample customers.

    Raises `InvalidCampaignFile` with one line for each row that fails.
    """
    problems: list[str] = []
    for row in rows:
        try:
            check_wording(row)
        except TemplateError as error:
            problems.append(str(error))
    if problems:
        raise InvalidCampaignFile(problems)
