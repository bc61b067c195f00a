"""Campaigns start if everything is ready, or by force; a pause holds them. All of them or none."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from lifecycle.campaign_file import read_campaigns
from lifecycle.campaigns import CampaignStatus
from operations.campaigns.apply import CheckedCampaigns, apply_campaigns
from operations.campaigns.listing import list_campaigns
from operations.campaigns.selection import UnknownCampaign
from operations.campaigns.start import pause_campaigns, start_campaigns
from settings import Settings
from tests.operations.campaigns.lamps import LAMPS, lamps

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
# Without a database of its own the examination finds something red.
NOT_READY = Settings(_env_file=None, identity_key=SecretStr("an identity key for tests"))


@pytest.fixture(autouse=True)
async def applied(clean_database: None, engine: AsyncEngine) -> None:
    """Two campaigns, both drafts."""
    await apply_campaigns(engine, CheckedCampaigns.of(lamps()), NOW)


async def statuses(engine: AsyncEngine) -> dict[str, CampaignStatus]:
    return {campaign.slug: campaign.status for campaign in await list_campaigns(engine)}


async def recorded(engine: AsyncEngine) -> list[tuple[str, bool, bool]]:
    """Each start: the campaign, whether it was forced, and whether it has findings."""
    query = text("SELECT slug, forced, findings <> '[]' FROM campaign_starts ORDER BY id")
    async with engine.connect() as connection:
        return [(slug, forced, found) for slug, forced, found in await connection.execute(query)]


async def test_a_red_finding_keeps_campaigns_from_going_live(engine: AsyncEngine) -> None:
    attempt = await start_campaigns(engine, NOT_READY, ["lamp-mail"], NOW)
    assert (attempt.slugs, attempt.is_live, attempt.forced) == (["lamp-mail"], False, False)
    assert 0 < attempt.red <= len(attempt.findings)
    assert set((await statuses(engine)).values()) == {CampaignStatus.DRAFT}
    assert await recorded(engine) == []


async def test_a_forced_start_is_recorded_with_its_findings(engine: AsyncEngine) -> None:
    attempt = await start_campaigns(engine, NOT_READY, ["lamp-mail", "lamp-mail"], NOW, force=True)
    assert (attempt.slugs, attempt.is_live, attempt.forced) == (["lamp-mail"], True, True)
    assert await statuses(engine) == {"lamp-mail": CampaignStatus.LIVE, "lamp-text": CampaignStatus.DRAFT}
    assert await recorded(engine) == [("lamp-mail", True, True)]


async def test_a_live_campaign_shows_its_last_start_and_a_paused_one_does_not(engine: AsyncEngine) -> None:
    await start_campaigns(engine, NOT_READY, ["lamp-mail"], NOW, force=True)
    await start_campaigns(engine, NOT_READY, ["lamp-mail"], NOW + timedelta(days=1), force=True)
    mail, sms = await list_campaigns(engine)
    assert (mail.live_since, mail.forced, len(mail.steps)) == (NOW + timedelta(days=1), True, 2)
    assert (sms.live_since, sms.forced, sms.last_start) == (None, False, None)
    await pause_campaigns(engine, ["lamp-mail"])
    mail, _ = await list_campaigns(engine)
    assert (mail.status, mail.live_since, mail.forced) == (CampaignStatus.PAUSED, None, False)
    assert mail.last_start is not None


async def test_without_slugs_every_campaign_starts(engine: AsyncEngine) -> None:
    attempt = await start_campaigns(engine, NOT_READY, [], NOW, force=True)
    assert attempt.slugs == ["lamp-mail", "lamp-text"]
    assert set((await statuses(engine)).values()) == {CampaignStatus.LIVE}


async def test_without_slugs_every_campaign_but_drafts_is_paused(engine: AsyncEngine) -> None:
    await start_campaigns(engine, NOT_READY, ["lamp-mail"], NOW, force=True)
    assert await pause_campaigns(engine, []) == ["lamp-mail"]
    assert await statuses(engine) == {"lamp-mail": CampaignStatus.PAUSED, "lamp-text": CampaignStatus.DRAFT}


async def test_an_unknown_campaign_starts_and_pauses_none(engine: AsyncEngine) -> None:
    with pytest.raises(UnknownCampaign):
        await start_campaigns(engine, NOT_READY, ["lamp-mail", "lamp-nowhere"], NOW, force=True)
    with pytest.raises(UnknownCampaign):
        await pause_campaigns(engine, ["lamp-mail", "lamp-nowhere"])
    assert set((await statuses(engine)).values()) == {CampaignStatus.DRAFT}


async def test_a_removed_step_does_not_make_a_draft_a_paused_campaign(engine: AsyncEngine) -> None:
    await apply_campaigns(engine, CheckedCampaigns.of([row for row in read_campaigns(LAMPS) if row.step == 1]), NOW)
    [mail, _] = await list_campaigns(engine)
    assert [step.row.step for step in mail.steps] == [1]
    assert await pause_campaigns(engine, []) == []
