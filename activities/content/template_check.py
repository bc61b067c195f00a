"""A campaign is checked when it is saved: what is undefined is an error then, not at three in the morning."""

from datetime import UTC, datetime

from activities.content.prompt_check import check_prompt
from activities.content.renderer import Renderer
from activities.content.sample import SHOP, renditions, sample_letters
from activities.content.templates import TemplateError
from lifecycle.campaign_file import CampaignRow

SOME_DAY = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


def check_template(row: CampaignRow, renderer: Renderer | None = None) -> None:
    """Render one step for sample customers, in every language and variant that it is worded in.

    Raises `TemplateError`, which names campaign, step, language, variant, field and line.
    """
    check_prompt(row)
    renderer = renderer or Renderer(SHOP)
    for rendition in renditions(row.wording):
        for letter in sample_letters(row, rendition):
            try:
                renderer.render(letter, SOME_DAY)
            except TemplateError as error:
                raise error.of(row.slug, row.step, *rendition.names()) from None
