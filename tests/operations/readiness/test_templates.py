"""The campaigns' texts."""

from typing import Any

from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import Purpose
from lifecycle.wording import Wording
from operations.readiness.finding import Light
from operations.readiness.templates import check_templates


def row(body: str = "<p>Hello</p>", **given: Any) -> CampaignRow:
    """A step of a campaign."""
    wording = Wording(body, "Hello", None, None, {}, ())
    return CampaignRow("welcome", "Welcome", "CUSTOM:x", "EMAIL", Purpose.MARKETING, wording, **given)


def test_a_text_that_cannot_be_rendered_is_red() -> None:
    assert [found.light for found in check_templates([row()])] == [Light.GREEN]
    [found] = check_templates([row(), row("<p>{{ shop.nmae }}</p>")])
    assert (found.light, found.name) == (Light.RED, "texts")
