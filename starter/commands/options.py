"""Options and arguments that several commands take."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print plain JSON and nothing else.")]
CustomerName = Annotated[str, typer.Argument(metavar="EMAIL|ID", help="An e-mail address, or a customer id.")]
CampaignSlug = Annotated[str, typer.Argument(metavar="SLUG", help="A campaign, as `retention campaign list` names it.")]
CampaignSlugs = Annotated[
    list[str] | None, typer.Argument(metavar="SLUG…", help="Campaigns, as `campaign list` names them.")
]
EveryCampaign = Annotated[bool, typer.Option("--all", help="Every campaign there is.")]


def example(*lines: str) -> str:
    """The end of a command's help."""
    return "\n\n".join(f"Example: {line}" for line in lines)
