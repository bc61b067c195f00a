"""A prompt is checked when its campaign is saved: it may speak of products, the shop and the step, and of nobody."""

from activities.content.sample import SHOP, renditions, sample_letters
from activities.content.templates import TemplateError
from activities.writing.briefs import Briefs
from lifecycle.campaign_file import CampaignRow

KNOWN = "a prompt knows product.name, product.category, product.sku, shop and step alone"
NO_PRODUCTS = "its trigger names no products to write about"


def check_prompt(row: CampaignRow) -> None:
    """Fill in the prompt of one step, if it has one, for sample products.

    Raises `TemplateError`, which names campaign, step and line.
    """
    prompt = row.wording.prompt
    if prompt is None:
        return
    briefs = Briefs(SHOP, model="sample")
    letters = sample_letters(row, next(iter(renditions(row.wording))))
    try:
        wanted = [brief for letter in letters for brief in briefs.checked(letter, prompt)]
    except TemplateError as error:
        raise TemplateError("prompt", f"{error.reason}; {KNOWN}", error.line).of(row.slug, row.step) from None
    if not wanted:
        raise TemplateError("prompt", NO_PRODUCTS).of(row.slug, row.step)
