"""`retention sending`: one switch for marketing, and one for everything."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from db.messages import sending_stops
from db.messages.sending_stops import Sending, Stop
from lifecycle.gate import Stopped
from operations.access.connections import open_database
from starter.commands.context import find_settings, now
from starter.commands.options import AsJson, example
from starter.commands.output import moment, print_json, say

app = typer.Typer(
    no_args_is_help=True,
    help="Stop all sending, or all marketing, and start it again. Nothing is lost: what is stopped waits.",
    epilog=example("retention sending stop --reason 'wrong prices in the news'"),
)

HELD = {"ALL": "all sending", "MARKETING": "marketing"}


@app.command(epilog=example("retention sending stop --reason 'wrong prices'", "retention sending stop --all"))
def stop(
    everything: Annotated[bool, typer.Option("--all", help="Transactional messages too.")] = False,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; it is shown to whoever asks.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send no more marketing, or nothing at all, from now on. What waits goes out after `start`, unless it expires."""
    scope: Stopped = "ALL" if everything else "MARKETING"
    _show(asyncio.run(_after(lambda engine: sending_stops.stop(engine, scope, reason, now()))), as_json=as_json)


@app.command(epilog=example("retention sending start"))
def start(as_json: AsJson = False) -> None:
    """End every stop. What waited is sent within the hour, as far as it has not expired."""
    _show(asyncio.run(_after(sending_stops.start)), as_json=as_json)


@app.command(epilog=example("retention sending status", "retention sending status --json"))
def status(as_json: AsJson = False) -> None:
    """What is stopped, since when and why, and how many messages wait."""
    _show(asyncio.run(_after(None)), as_json=as_json)


async def _after(change: Callable[[AsyncEngine], Awaitable[None]] | None) -> Sending:
    """How things stand, after a change if there is one."""
    async with open_database(find_settings()) as engine:
        if change is not None:
            await change(engine)
        return await sending_stops.sending(engine)


def _show(found: Sending, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(found))
        return
    for one in found.stops:
        say(_told(one))
    if not found.stops:
        say("nothing is stopped")
    waiting = found.marketing_waiting + found.transactional_waiting
    say(f"{waiting} messages wait for their time or for a start, {found.marketing_waiting} of them marketing")
    if found.on_their_way:
        say(f"{found.on_their_way} messages are on their way to a provider already: no stop reaches them")


def _told(one: Stop) -> str:
    why = f": {one.reason}" if one.reason else ""
    return f"{HELD[one.scope]} is stopped since {moment(one.stopped_at)} UTC{why}"
