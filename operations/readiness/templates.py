"""Whether the texts that are about to go out can be rendered."""

from collections.abc import Iterable

from activities.content.template_check import check_template
from activities.content.templates import TemplateError
from lifecycle.campaign_file import CampaignRow
from operations.readiness.finding import Finding, green, red

NAME = "texts"


def check_templates(rows: Iterable[CampaignRow]) -> list[Finding]:
    """Rendered for sample customers, as they were when they were saved: an upgrade may know better since."""
    findings = [finding for row in rows if (finding := _problem(row))]
    return findings or [green(NAME, "can be rendered")]


def _problem(row: CampaignRow) -> Finding | None:
    try:
        check_template(row)
    except TemplateError as error:
        return red(NAME, str(error), "mend the campaign file, and `retention campaign apply`")
    return None
