"""Whether the campaigns' texts can be rendered."""

from collections.abc import Iterable

from activities.content.templates import TemplateError
from activities.writing.wording_check import check_wording
from lifecycle.campaign_file import CampaignRow
from operations.readiness.finding import Finding, green, red

NAME = "texts"


def check_templates(rows: Iterable[CampaignRow]) -> list[Finding]:
    """Render the texts again for sample customers, because an upgrade may have changed the rules."""
    findings = [finding for row in rows if (finding := _problem(row))]
    return findings or [green(NAME, "can be rendered")]


def _problem(row: CampaignRow) -> Finding | None:
    try:
        check_wording(row)
    except TemplateError as error:
        return red(NAME, str(error), "fix the campaign file, and `retention campaign apply`")
    return None
