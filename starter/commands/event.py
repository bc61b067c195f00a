"""`retention event`: send events to the engine."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic_core import to_json

from intake.signals.immediate_intake import ImmediateIntake, TakenEvent
from operations.access.database import identity_key, open_database
from operations.access.temporal import connect_temporal
from operations.inbox.event_text import MOST_BYTES, read_events
from retention_client.events import StorefrontEvent
from retention_client.storefront import StorefrontClient
from settings import Settings
from starter.commands.context import find_settings
from starter.commands.error_messages import error_message
from starter.commands.errors import CommandError, UsageError
from starter.commands.event_options import event_of
from starter.commands.options import AsJson, example
from starter.commands.output import print_json, say

STDIN = "-"

app = typer.Typer(no_args_is_help=True, help="Events: what customers do.", epilog=example("retention event send -"))


@app.callback()
def events() -> None:
    """Without a callback Typer would drop the name of the only command, `send`."""


@app.command(
    epilog=example(
        "retention event send order.json",
        "retention event send --type ORDER_PAID --email ada@example.com --set order.order_id=1001 "
        "--set order.total=199.00",
    )
)
def send(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE|-]", help="One event, a JSON list, or JSON lines.")
    ] = None,
    json_body: Annotated[str | None, typer.Option(help="The same as a text.")] = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="Create an event of this type; id and time are added.")
    ] = None,
    email: Annotated[str | None, typer.Option(help="With --type: the customer's address.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=TEXT", help="With --type: a field, as `order.total=9.90`; PATH:=JSON too."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check events, then signal each customer's workflow; a new customer gets one.

    No event is sent unless all of them are valid. Sending the same event again is safe: it is applied once.
    """
    given = [
        name for name, value in (("FILE", file), ("--json-body", json_body), ("--type", type_)) if value is not None
    ]
    if len(given) != 1:
        raise UsageError("give one of FILE (or -), --json-body and --type")
    if type_ is None and (email is not None or set_):
        raise UsageError("--email and --set go with --type")
    settings = find_settings()
    if type_ is not None:
        text = to_json(event_of(type_, email, set_ or [], settings.currency))
    else:
        text = json_body.encode(errors="surrogateescape") if json_body is not None else _read(file or STDIN)
    sent = asyncio.run(_send_all(settings, read_events(text, currency=settings.currency)))
    if as_json:
        print_json([{**asdict(one), "workflow_id": one.workflow_id} for one in sent])
        return
    for one in sent:
        say(one.event_id, "was applied before, or changes nothing" if one.duplicate else f"→ {one.workflow_id}")


def _read(file: str) -> bytes:
    """Read one byte more than the limit, to recognise a text above the limit."""
    if file == STDIN:
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    path = Path(file)
    if not path.exists() or path.is_dir():
        raise UsageError(f"FILE: {file} is not a file")
    with path.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)


async def _send_all(settings: Settings, events: list[StorefrontEvent]) -> list[TakenEvent]:
    if settings.database_url is None:
        return await _signal(settings, events)
    async with open_database(settings) as engine:
        intake = ImmediateIntake(
            engine,
            await connect_temporal(settings),
            identity_key=identity_key(settings),
            currency=settings.currency,
            task_queue=settings.task_queue,
        )
        return await _each(events, intake.send)


async def _signal(settings: Settings, events: list[StorefrontEvent]) -> list[TakenEvent]:
    key = identity_key(settings)
    storefront = StorefrontClient(
        await connect_temporal(settings), identity_key=key, currency=settings.currency, task_queue=settings.task_queue
    )

    async def send(event: StorefrontEvent) -> TakenEvent:
        await storefront.send(event)
        return TakenEvent(storefront.customer_id(event.customer_email), event.event_id)

    return await _each(events, send)


async def _each(
    events: list[StorefrontEvent], send: Callable[[StorefrontEvent], Awaitable[TakenEvent]]
) -> list[TakenEvent]:
    sent: list[TakenEvent] = []
    for event in events:
        try:
            sent.append(await send(event))
        except Exception as error:
            if len(events) == 1:
                raise
            reason = error_message(error)
            raise CommandError(f"sent {len(sent)} of {len(events)} events, send them again: {reason}") from error
    return sent
