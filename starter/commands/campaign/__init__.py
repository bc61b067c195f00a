"""`retention campaign`: what is sent, when and to whom."""

import typer

from starter.commands.campaign import definitions, preview, proof_sending, start, stats
from starter.commands.options import example

app = typer.Typer(
    no_args_is_help=True,
    help="Campaigns: what is sent, when and to whom.",
    epilog=example("retention campaign list"),
)
app.command("list", epilog=definitions.LIST_EXAMPLE)(definitions.list_)
app.command(epilog=definitions.APPLY_EXAMPLE)(definitions.apply)
app.command(epilog=preview.EXAMPLE)(preview.preview)
app.command("test-send", epilog=proof_sending.EXAMPLE)(proof_sending.send_test)
app.command(epilog=start.START_EXAMPLE)(start.start)
app.command(epilog=start.PAUSE_EXAMPLE)(start.pause)
app.command(epilog=stats.EXAMPLE)(stats.stats)
