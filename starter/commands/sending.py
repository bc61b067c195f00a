"""`retention sending`: one switch for marketing, and one for everything."""

from dataclasses import asdict
from typing import Annotated

import typer

from db.messages.sending_stops import SendingState
from lifecycle.gate import Stopped
from operations.messages.sending import (
    describe_stop,
    describe_waiting,
    sending_status,
    start_sending,
    stop_sending,
)
from starter.commands.context import find_settings, now
from starter.commands.database_operation import run_on_database
from starter.commands.options import AsJson, example
from starter.commands.output import print_json, say

app = typer.Typer(
    no_args_is_help=True,
    help="Stop all sending, or all marketing, and start it again. Nothing is lost: stopped messages wait.",
    epilog=example("retention sending stop --reason 'wrong prices in the news'"),
)


@app.command(epilog=example("retention sending stop --reason 'wrong prices'", "retention sending stop --all"))
def stop(
    everything: Annotated[bool, typer.Option("--all", help="Transactional messages too.")] = False,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; shown with the status.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send no more marketing, or nothing at all, from now on. What waits is sent after `start`, unless it expires."""
    scope: Stopped = "ALL" if everything else "MARKETING"
    status = run_on_database(find_settings(), lambda engine: stop_sending(engine, scope, reason, now()))
    _show(status, as_json=as_json)


@app.command(epilog=example("retention sending start"))
def start(as_json: AsJson = False) -> None:
    """End every stop. What waited is sent within the hour, unless it has expired."""
    _show(run_on_database(find_settings(), start_sending), as_json=as_json)


@app.command(epilog=example("retention sending status", "retention sending status --json"))
def status(as_json: AsJson = False) -> None:
    """Show what is stopped, since when and why, and how many messages wait."""
    _show(run_on_database(find_settings(), sending_status), as_json=as_json)


def _show(status: SendingState, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(status))
        return
    for line in [describe_stop(stop) for stop in status.stops] or ["nothing is stopped"]:
        say(line)
    for line in describe_waiting(status):
        say(line)
