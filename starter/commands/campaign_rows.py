"""Where commands find campaigns: in a file, or in the database."""

from collections.abc import Collection, Iterable
from pathlib import Path

from activities.content.template_check import check_template
from activities.content.templates import TemplateError
from db.campaigns.campaigns import REMOVED, list_campaigns
from lifecycle.campaign_file import CampaignRow, InvalidCampaignFile, read_campaigns
from operations.access.connections import open_database
from settings import Settings
from starter.commands.errors import Failed, WrongUse


def rows_in_file(file: Path) -> tuple[CampaignRow, ...]:
    """The rows of a campaign file. Raises `InvalidCampaignFile` or `yaml.YAMLError`."""
    if not file.is_file():
        raise WrongUse(f"FILE: {file} is no file")
    try:
        return read_campaigns(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise Failed(f"FILE: {file} is not a text file in UTF-8") from None


async def rows_of_campaign(settings: Settings, slug: str, step: int | None, file: Path | None) -> list[CampaignRow]:
    """The steps of one campaign, or one of them, from a file or as the database has them."""
    rows = [row for row in await _rows(settings, file) if row.slug == slug]
    if not rows:
        shown = f"it stands not in {file}" if file else "`retention campaign list` shows all"
        raise WrongUse(f"no such campaign: {slug} ({shown})")
    chosen = [row for row in rows if step in (None, row.step)]
    if not chosen:
        raise WrongUse(f"--step: {slug} has steps 1 to {len(rows)}")
    check_templates(chosen)
    return chosen


def check_slugs(slugs: Iterable[str], known: Collection[str]) -> None:
    """Raises `WrongUse` when any of them is no campaign's."""
    if unknown := [slug for slug in slugs if slug not in known]:
        raise WrongUse(f"no such campaign: {', '.join(unknown)} (`retention campaign list` shows all)")


def check_templates(rows: Iterable[CampaignRow]) -> None:
    """Render every row for sample customers. Raises `InvalidCampaignFile` with a line for each that fails."""
    problems: list[str] = []
    for row in rows:
        try:
            check_template(row)
        except TemplateError as error:
            problems.append(str(error))
    if problems:
        raise InvalidCampaignFile(problems)


async def _rows(settings: Settings, file: Path | None) -> list[CampaignRow]:
    if file is not None:
        return list(rows_in_file(file))
    async with open_database(settings) as engine:
        stored = await list_campaigns(engine)
    return [found.row for found in stored if found.row.trigger_event != REMOVED]
