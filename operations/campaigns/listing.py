"""Every campaign with its steps, its status and its last start."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns import campaigns
from db.campaigns.campaign_starts import Start, latest_starts
from db.campaigns.campaigns import StoredCampaign
from lifecycle.campaigns import CampaignStatus


@dataclass(frozen=True)
class CampaignListing:
    """One campaign. It has one step or more; `last_start` is None if it was never started."""

    slug: str
    status: CampaignStatus
    steps: tuple[StoredCampaign, ...]
    last_start: Start | None

    @property
    def live_since(self) -> datetime | None:
        """When it was last started, if it is live."""
        return self.last_start.started_at if self.last_start and self.status is CampaignStatus.LIVE else None

    @property
    def forced(self) -> bool:
        """Whether it is live although a finding was red when it was started."""
        return bool(self.live_since and self.last_start and self.last_start.forced)


async def list_campaigns(engine: AsyncEngine) -> tuple[CampaignListing, ...]:
    """Return every campaign, by slug."""
    steps = await campaigns.list_campaigns(engine)
    starts = await latest_starts(engine)
    return tuple(
        _listing(slug, tuple(found), starts.get(slug)) for slug, found in groupby(steps, key=lambda step: step.row.slug)
    )


def _listing(slug: str, steps: tuple[StoredCampaign, ...], last_start: Start | None) -> CampaignListing:
    return CampaignListing(slug, steps[0].status, steps, last_start)
