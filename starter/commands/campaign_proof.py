"""What `retention campaign preview` and `test-send` have in common: one campaign, and which of its words are shown."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from activities.content.renderer import Renderer
from activities.delivery.build import build_renderer
from lifecycle.campaign_file import CampaignRow
from settings import Settings
from starter.commands.campaign_rows import rows_of_campaign
from starter.commands.errors import WrongUse

SAMPLE_KEY = SecretStr("links of a sample lead nowhere")

Step = Annotated[int | None, typer.Option(metavar="N", help="Only this step.")]
Locale = Annotated[str | None, typer.Option(metavar="LOCALE", help="As a customer reads it whose locale this is.")]
VariantName = Annotated[str | None, typer.Option("--variant", metavar="NAME", help="Only this arm of an A/B test.")]
FromFile = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="From this campaign file, before it is applied.")
]


def find_rows(
    settings: Settings, slug: str, step: int | None, file: Path | None, variant: str | None
) -> list[CampaignRow]:
    """The steps that are asked for. Raises `WrongUse` when none of them has such a variant."""
    rows = asyncio.run(rows_of_campaign(settings, slug, step, file))
    names = dict.fromkeys(arm.name for row in rows for arm in row.wording.variants)
    if variant is not None and variant not in names:
        raise WrongUse(f"--variant: {slug} has " + (f"only {', '.join(names)}" if names else "none"))
    return rows


def sample_renderer(settings: Settings) -> Renderer:
    """Nobody's links: a proof is not tracked, and what it signs leads nowhere."""
    own = {"identity_key": SAMPLE_KEY, "link_keys": None, "tracking": False}
    return build_renderer(settings.model_copy(update=own))
