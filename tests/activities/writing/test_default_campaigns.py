"""The campaigns that we ship are valid, render for every sample customer, and marketing always has exit conditions."""

from pathlib import Path

import pytest

from activities.writing.wording_check import check_wording
from lifecycle.campaign_file import CampaignRow, read_campaigns
from lifecycle.campaigns import Exit, Purpose

ROWS = read_campaigns((Path(__file__).parents[3] / "campaigns.yaml").read_text(encoding="utf-8"))
STEPS = {(row.slug, row.step): row for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.slug}-{row.step}")
async def test_every_step_renders(row: CampaignRow) -> None:
    check_wording(row)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.slug}-{row.step}")
def test_marketing_has_exit_conditions(row: CampaignRow) -> None:
    if row.purpose is Purpose.MARKETING:
        assert row.exit_on
    if row.trigger_event.startswith("ENTERED_STATE_"):
        assert Exit.LEFT_STATE in row.exit_on
    if row.trigger_event in {"CART_ABANDONED", "ENTERED_STATE_AT_RISK", "ENTERED_STATE_CHURNED"}:
        assert Exit.PURCHASE in row.exit_on


def test_the_named_campaigns_are_there() -> None:
    assert STEPS["order-confirmation", 1].purpose is Purpose.TRANSACTIONAL
    assert [STEPS["abandoned-cart", step].delay_hours for step in (1, 2, 3)] == [0, 23, 71]
    assert [STEPS["win-back", step].delay_hours for step in (1, 2)] == [0, 14 * 24]
    guide = STEPS["care-guide", 1]
    assert guide.wording.prompt == "Write a care guide for the {{ product.name }} they just bought."
    assert (guide.delay_hours, guide.max_products) == (72, 3)
    assert STEPS["welcome-back-sms", 1].channel == "SMS"
    assert {row.trigger_event for row in ROWS} == {
        "ORDER_PAID",
        "CART_ABANDONED",
        "ENTERED_STATE_REPEAT",
        "ENTERED_STATE_VIP",
        "ENTERED_STATE_AT_RISK",
        "ENTERED_STATE_CHURNED",
        "ENTERED_STATE_REACTIVATED",
        "CUSTOM:confirm-subscription",
    }
