"""A campaign is checked when it is saved: what is undefined is an error then, not at three in the morning."""

from datetime import UTC, datetime

from activities.content.renderer import Renderer
from activities.content.sample import SHOP, sample_letters
from activities.content.templates import TemplateError
from lifecycle.campaign_file import CampaignRow

SOME_DAY = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


def check_template(row: CampaignRow, renderer: Renderer | None = None) -> None:
    """Render one step for sample customers. Raises `TemplateError`, which names campaign, step, field and line."""
    renderer = renderer or Renderer(SHOP)
    for letter in sample_letters(row):
        try:
            renderer.render(letter, SOME_DAY)
        except TemplateError as error:
            raise error.of(row.slug, row.step) from None
