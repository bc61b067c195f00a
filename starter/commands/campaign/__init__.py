"""`retention campaign`: what is sent, when and to whom."""

import typer

from starter.commands.lazy_commands import lazy_group
from starter.commands.options import example

HERE = "starter.commands.campaign"

app = typer.Typer(
    cls=lazy_group(
        {
            "list": f"{HERE}.definitions:list",
            "apply": f"{HERE}.definitions:apply",
            "preview": f"{HERE}.preview:preview",
            "test-send": f"{HERE}.proof_sending:test-send",
            "start": f"{HERE}.start:start",
            "pause": f"{HERE}.start:pause",
            "stats": f"{HERE}.stats:stats",
        }
    ),
    no_args_is_help=True,
    help="Campaigns: what is sent, when and to whom.",
    epilog=example("retention campaign list"),
)
