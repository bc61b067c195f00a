"""The coupon pools of campaigns."""

from typing import Any

import pytest

from db.messages.coupons import Pool
from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import Purpose
from lifecycle.wording import Wording
from operations.readiness.coupons import check_coupons
from operations.readiness.finding import Light


def row(body: str = "<p>Hello</p>", **given: Any) -> CampaignRow:
    """A step of a campaign."""
    wording = Wording(body, "Hello", None, None, {}, ())
    return CampaignRow("welcome", "Welcome", "CUSTOM:x", "EMAIL", Purpose.MARKETING, wording, **given)


@pytest.mark.parametrize(
    ("pool", "fallback", "light"),
    [
        (Pool("ten", 100, 0, 0, 0, ()), None, Light.GREEN),
        (Pool("ten", 100, 0, 1, 94, ()), None, Light.AMBER),
        (Pool("ten", 100, 50, 0, 50, ()), None, Light.RED),
        (Pool("ten", 100, 50, 0, 50, ()), "SAVE10", Light.AMBER),
        (Pool("ten", 0, 0, 0, 0, ("welcome",)), None, Light.RED),
        (Pool("other", 100, 0, 0, 0, ()), "SAVE10", Light.AMBER),
    ],
)
def test_the_pool_of_a_campaign(pool: Pool, fallback: str | None, light: Light) -> None:
    [found] = check_coupons([row(coupon_pool="ten", coupon_fallback=fallback)], [pool])
    assert found.light is light
    assert check_coupons([row()], [pool]) == []
