"""Checks a campaign's prompt when it is saved: it may use products, shop and step, and no personal data."""

from activities.content.sample import SHOP, renditions, sample_drafts
from activities.content.templates import TemplateError
from activities.writing.briefs import BriefBuilder
from lifecycle.campaign_file import CampaignRow

VARIABLES = "a prompt may use only product.name, product.category, product.sku, shop and step"
NO_PRODUCTS = "its trigger has no products to write about"


def check_prompt(row: CampaignRow) -> None:
    """Render the prompt of one step, if it has one, for sample products.

    Raises `TemplateError`, which names campaign, step and line.
    """
    prompt = row.wording.prompt
    if prompt is None:
        return
    builder = BriefBuilder(SHOP, model="sample")
    drafts = sample_drafts(row, next(iter(renditions(row.wording))))
    try:
        briefs = [brief for draft in drafts for brief in builder.build_for_prompt(draft, prompt)]
    except TemplateError as error:
        raise TemplateError("prompt", f"{error.reason}; {VARIABLES}", error.line).of(row.slug, row.step) from None
    if not briefs:
        raise TemplateError("prompt", NO_PRODUCTS).of(row.slug, row.step)
