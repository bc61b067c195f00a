"""What `retention campaign preview` and `test-send` share: options, and the source of the campaign."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from lifecycle.campaign_file import CampaignRow, read_campaigns
from operations.campaigns.listing import list_campaigns
from settings import Settings
from starter.commands.database_operation import run_on_database
from starter.commands.errors import CommandError, UsageError

Step = Annotated[int | None, typer.Option(metavar="N", help="Only this step.")]
Locale = Annotated[str | None, typer.Option(metavar="LOCALE", help="As a customer with this locale reads it.")]
VariantName = Annotated[str | None, typer.Option("--variant", metavar="NAME", help="Only this arm of an A/B test.")]
FromFile = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="From this campaign file, before it is applied.")
]


def read_campaign_file(file: Path) -> tuple[CampaignRow, ...]:
    """The rows of a campaign file. Raises `InvalidCampaignFile` or `yaml.YAMLError`."""
    if not file.is_file():
        raise UsageError(f"FILE: {file} is not a file")
    try:
        return read_campaigns(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise CommandError(f"FILE: {file} is not a text file in UTF-8") from None


def campaign_rows(settings: Settings, slug: str, file: Path | None) -> list[CampaignRow]:
    """Every step of every campaign, from a file that must contain the slug, or from the database."""
    if file is None:
        return run_on_database(settings, _stored_rows)
    rows = list(read_campaign_file(file))
    if all(row.slug != slug for row in rows):
        raise UsageError(f"no such campaign in {file}: {slug}")
    return rows


async def _stored_rows(engine: AsyncEngine) -> list[CampaignRow]:
    return [step.row for campaign in await list_campaigns(engine) for step in campaign.steps]
