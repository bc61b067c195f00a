"""A campaign file is applied as a whole, or only compared."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.messages.coupons import add_codes
from lifecycle.campaign_file import InvalidCampaignFile, read_campaigns
from lifecycle.campaigns import CampaignStatus
from operations.campaigns.apply import CheckedCampaigns, apply_campaigns
from operations.campaigns.listing import list_campaigns
from operations.campaigns.start import pause_campaigns
from tests.operations.campaigns.lamps import LAMPS, lamps

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
OFFER = """
campaigns:
  - {slug: lamp-offer, name: Offer, trigger_event: "CUSTOM:lamp", channel: EMAIL, purpose: marketing,
     subject: For you,
     body: "<p>{% if coupon %}{{ coupon.code }}{% endif %}</p>", coupon_pool: lamp}
"""

pytestmark = pytest.mark.usefixtures("clean_database")


async def test_a_dry_run_shows_the_difference_and_changes_nothing(engine: AsyncEngine) -> None:
    planned = await apply_campaigns(engine, CheckedCampaigns.of(lamps()), NOW, dry_run=True)
    assert not planned.applied
    assert planned.difference.added == lamps()
    assert await list_campaigns(engine) == ()


async def test_new_campaigns_are_drafts_and_a_pause_is_never_undone(engine: AsyncEngine) -> None:
    assert (await apply_campaigns(engine, CheckedCampaigns.of(lamps()), NOW)).applied
    assert {campaign.status for campaign in await list_campaigns(engine)} == {CampaignStatus.DRAFT}
    await pause_campaigns(engine, ["lamp-text"])

    changed = [replace(row, name="Light") for row in lamps()]
    found = await apply_campaigns(engine, CheckedCampaigns.of(changed), NOW)

    assert [change.fields["name"] for change in found.difference.changed] == [
        ("Lamps", "Light"),
        ("Lamps", "Light"),
        ("Lamps by text", "Light"),
    ]
    assert [(campaign.slug, campaign.status) for campaign in await list_campaigns(engine)] == [
        ("lamp-mail", CampaignStatus.DRAFT),
        ("lamp-text", CampaignStatus.PAUSED),
    ]


def test_a_prompt_with_personal_data_is_invalid() -> None:
    [row] = read_campaigns(OFFER)
    guide = replace(row, wording=replace(row.wording, prompt="Write to {{ customer.first_name }} about lamps."))
    with pytest.raises(InvalidCampaignFile, match="prompt"):
        CheckedCampaigns.of([guide])


async def test_a_pool_without_codes_is_a_warning(engine: AsyncEngine) -> None:
    [row] = read_campaigns(OFFER)
    found = await apply_campaigns(engine, CheckedCampaigns.of([row]), NOW)
    assert [warning.partition(";")[0] for warning in found.warnings] == ["there is no pool lamp"]
    await add_codes(engine, "lamp", [f"LAMP{number}" for number in range(12)], None)
    assert (await apply_campaigns(engine, CheckedCampaigns.of([row]), NOW)).warnings == ()


def test_every_template_that_cannot_be_rendered_is_named() -> None:
    rows = read_campaigns(LAMPS.replace("Licht", "{{ nichts }}").replace("your lamp is here", "{{ nothing }}"))
    with pytest.raises(InvalidCampaignFile) as raised:
        CheckedCampaigns.of(rows)
    assert [problem.partition(",")[0] for problem in raised.value.problems] == ["lamp-mail", "lamp-text"]
