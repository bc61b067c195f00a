"""Checks the whole wording of a campaign step: its templates and its prompt."""

from activities.content.renderer import Renderer
from activities.content.template_check import check_template
from activities.writing.prompt_check import check_prompt
from lifecycle.campaign_file import CampaignRow


def check_wording(row: CampaignRow, renderer: Renderer | None = None) -> None:
    """Check the prompt and the templates of one step.

    Raises `TemplateError`, which names campaign, step, language, variant, field and line.
    """
    check_prompt(row)
    check_template(row, renderer)
