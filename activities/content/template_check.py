"""Checks a campaign's templates when it is saved, by rendering them for sample customers."""

from datetime import UTC, datetime

from activities.content.renderer import Renderer
from activities.content.sample import SHOP, renditions, sample_drafts
from activities.content.templates import TemplateError
from lifecycle.campaign_file import CampaignRow

SOME_DAY = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


def check_template(row: CampaignRow, renderer: Renderer | None = None) -> None:
    """Render one step for sample customers, in every language and variant.

    Raises `TemplateError`, which names campaign, step, language, variant, field and line.
    """
    renderer = renderer or Renderer(SHOP)
    for rendition in renditions(row.wording):
        for draft in sample_drafts(row, rendition):
            try:
                renderer.render(draft, SOME_DAY)
            except TemplateError as error:
                raise error.of(row.slug, row.step, *rendition.names()) from None
