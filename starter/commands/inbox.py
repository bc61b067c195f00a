"""`retention inbox`: what could not be applied, and what to do about it."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from db.inbox import rows as inbox_rows
from db.inbox.rows import InboxList, InboxRow, KeptEvent
from db.schema.tables import EVENT_STATUSES
from operations.access.connections import open_database
from operations.customers.find import find_customer
from operations.inbox.second_reading import told_id
from settings import Settings
from starter.commands.context import find_settings
from starter.commands.errors import ADDRESS, Failed, WrongUse
from starter.commands.inbox_replay import Outcome, replay_events
from starter.commands.options import AsJson, example
from starter.commands.output import console, print_json, say, table

app = typer.Typer(
    no_args_is_help=True,
    help="The inbox: what could not be applied, and what to do about it.",
    epilog=example("retention inbox list"),
)

MOST_ROWS = 50
COLUMNS = ("Event", "Status", "Type", "From", "Customer", "Since", "Attempts", "Reason")

EventIds = Annotated[
    list[str] | None, typer.Argument(metavar="EVENT_ID…", help="As `retention inbox list` names them.")
]


@app.command("list", epilog=example("retention inbox list", "retention inbox list --status WAITING --json"))
def list_(
    status: Annotated[
        str | None, typer.Option(metavar="REFUSED,WAITING,…", help=f"Only these: {', '.join(EVENT_STATUSES)}.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Events in any status.")] = False,
    customer: Annotated[str | None, typer.Option(metavar="EMAIL|ID", help="Only what is about one customer.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many rows at most.")] = MOST_ROWS,
    as_json: AsJson = False,
) -> None:
    """What needs somebody to look, with its reason: events refused, and those that should have been applied by now."""
    if status is not None and everything:
        raise WrongUse("give --status or --all")
    statuses = _statuses(status) if status else None
    settings = find_settings()
    whose = find_customer(settings, customer).customer_id if customer else None
    found = asyncio.run(_list(settings, statuses, status is None and not everything, whose, limit))
    if as_json:
        print_json({**asdict(found), "rows": [asdict(row) for row in found.rows]})
        return
    if found.rows:
        console().print(table(None, COLUMNS, map(_cells, found.rows)))
    else:
        say("nothing here")
    if found.found > len(found.rows):
        say(f"and {found.found - len(found.rows)} more: --limit shows them")
    if found.waiting:
        say(f"{found.waiting} waiting for the delivery that names their customer (--status WAITING)")


@app.command(epilog=example("retention inbox replay --all --dry-run", "retention inbox replay ID --body fixed.json"))
def replay(
    event_ids: EventIds = None,
    everything: Annotated[bool, typer.Option("--all", help="All that `retention inbox list` shows.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would become of them.")] = False,
    body: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A corrected body for the one event.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read refused events again and take them in as new; signal those at once that wait to be applied."""
    if bool(event_ids) == everything:
        raise WrongUse("give one EVENT_ID or more, or --all")
    if body is not None and len(event_ids or ()) != 1:
        raise WrongUse("--body: is the body of one EVENT_ID")
    if body is not None and not body.is_file():
        raise WrongUse(f"--body: {body} is no file")
    correction = body.read_bytes() if body is not None else None
    outcomes = asyncio.run(_replay(find_settings(), event_ids, correction, dry_run=dry_run))
    if as_json:
        print_json([asdict(outcome) for outcome in outcomes])
    else:
        _tell(outcomes)
    if failed := sum(outcome.became == "refused" for outcome in outcomes):
        raise Failed(f"{failed} of {len(outcomes)} still cannot be applied")


@app.command(epilog=example("retention inbox discard ID --reason 'a test order'"))
def discard(
    event_ids: Annotated[list[str], typer.Argument(metavar="EVENT_ID…", help="As `retention inbox list` names them.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the inbox.")] = "given up by an operator",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give events up: they are never applied."""
    if not yes:
        _ask(len(event_ids))
    given_up = asyncio.run(_discard(find_settings(), event_ids, reason))
    if as_json:
        print_json([{"event_id": event_id, "discarded": True} for event_id in given_up])
    else:
        say(f"{len(given_up)} discarded")


def _statuses(given: str) -> list[str]:
    statuses = [status.strip().upper() for status in given.split(",") if status.strip()]
    if not statuses or not set(statuses) <= set(EVENT_STATUSES):
        raise WrongUse(f"--status: must be some of {', '.join(EVENT_STATUSES)}, separated by commas")
    return statuses


def _cells(row: InboxRow) -> tuple[object, ...]:
    told_by = " ".join(filter(None, (row.source, row.topic)))
    reason = ADDRESS.sub("…@…", row.reason or "")
    return row.event_id, row.status, row.type, told_by, row.customer_id, row.received_at, row.attempts, reason


def _tell(outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        say("nothing here")
    for outcome in outcomes:
        detail = ADDRESS.sub("…@…", outcome.reason) if outcome.reason else ", ".join(outcome.new_ids)
        say(f"{outcome.event_id}: {outcome.became}{f' ({detail})' if detail else ''}")


def _ask(count: int) -> None:
    if not sys.stdin.isatty():
        raise WrongUse("--yes: has to be given where nobody can be asked")
    if not typer.confirm(f"Give up {count} event{'s' if count > 1 else ''} for good?"):
        raise Failed("nothing was discarded")


async def _list(
    settings: Settings, statuses: Sequence[str] | None, troubled: bool, customer: str | None, most: int
) -> InboxList:
    async with open_database(settings) as engine:
        return await inbox_rows.list_rows(engine, statuses=statuses, troubled=troubled, customer=customer, most=most)


async def _replay(
    settings: Settings, event_ids: Sequence[str] | None, correction: bytes | None, *, dry_run: bool
) -> list[Outcome]:
    async with open_database(settings) as engine:
        return await replay_events(engine, settings, event_ids, correction, dry_run=dry_run)


async def _discard(settings: Settings, event_ids: Sequence[str], reason: str) -> list[str]:
    async with open_database(settings) as engine:
        found = await inbox_rows.read_rows(engine, event_ids)
        given_up = [found[event_id] for event_id in event_ids if event_id in found]
        _check_all_there(event_ids, given_up)
        for event in given_up:
            await inbox_rows.discard(engine, event, reason, told_id=told_id(event))
    return [event.event_id for event in given_up]


def _check_all_there(event_ids: Sequence[str], found: Sequence[KeptEvent]) -> None:
    known = {event.event_id: event.status for event in found}
    for event_id in event_ids:
        status = known.get(event_id)
        if status is None:
            raise Failed("EVENT_ID: there is no such event; `retention inbox list` names them")
        if status not in {"RECEIVED", "WAITING", "REFUSED"}:
            raise Failed(f"EVENT_ID: {event_id} is {status}, and that is final")
