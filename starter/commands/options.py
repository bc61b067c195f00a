"""Options and arguments that several commands share."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
CustomerName = Annotated[str, typer.Argument(metavar="EMAIL|ID", help="An e-mail address, or a customer id.")]
CampaignSlug = Annotated[str, typer.Argument(metavar="SLUG", help="A campaign, as `retention campaign list` names it.")]
CampaignSlugs = Annotated[
    list[str] | None, typer.Argument(metavar="SLUG…", help="Campaigns, as `campaign list` names them.")
]
EveryCampaign = Annotated[bool, typer.Option("--all", help="Every campaign.")]


def example(*lines: str) -> str:
    """Return examples for the end of a command's help."""
    return "\n\n".join(f"Example: {line}" for line in lines)
