"""`retention inbox`: events that could not be applied, and what to do about them."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox.rows import InboxRow
from db.schema.tables import EVENT_STATUSES
from intake.door.door import Door
from operations.access.database import identity_key
from operations.customers.find import find_customer
from operations.inbox.discard import discard_events
from operations.inbox.listing import check_statuses, list_inbox
from operations.inbox.replay import ReplayOutcome, replay_events
from starter.commands.context import find_settings
from starter.commands.database_operation import run_on_database
from starter.commands.errors import CommandError, UsageError, without_addresses
from starter.commands.input import confirm, parse_statuses
from starter.commands.options import AsJson, example
from starter.commands.output import console, print_json, say, table

app = typer.Typer(
    no_args_is_help=True,
    help="The inbox: events that could not be applied, and what to do about them.",
    epilog=example("retention inbox list"),
)

MOST_ROWS = 50
COLUMNS = ("Event", "Status", "Type", "From", "Customer", "Since", "Attempts", "Reason")

EventIds = Annotated[
    list[str] | None, typer.Argument(metavar="EVENT_ID…", help="As `retention inbox list` shows them.")
]


@app.command("list", epilog=example("retention inbox list", "retention inbox list --status WAITING --json"))
def list_(
    status: Annotated[
        str | None, typer.Option(metavar="REFUSED,WAITING,…", help=f"Only these: {', '.join(EVENT_STATUSES)}.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Events in any status.")] = False,
    customer: Annotated[str | None, typer.Option(metavar="EMAIL|ID", help="Only events about one customer.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many rows at most.")] = MOST_ROWS,
    as_json: AsJson = False,
) -> None:
    """Events that need an operator, with the reason: those refused, and those that should have been applied by now."""
    if status is not None and everything:
        raise UsageError("give --status or --all")
    statuses = None if status is None else check_statuses(parse_statuses(status))
    settings = find_settings()
    customer_id = find_customer(settings, customer).customer_id if customer else None
    needs_attention = status is None and not everything
    found = run_on_database(
        settings,
        lambda engine: list_inbox(
            engine, statuses=statuses, needs_attention=needs_attention, customer_id=customer_id, limit=limit
        ),
    )
    if as_json:
        print_json({**asdict(found), "rows": [asdict(row) for row in found.rows]})
        return
    if found.rows:
        console().print(table(None, COLUMNS, map(_cells, found.rows)))
    else:
        say("no such events")
    if found.found > len(found.rows):
        say(f"and {found.found - len(found.rows)} more: --limit shows them")
    if found.waiting:
        say(f"{found.waiting} waiting for an event that identifies their customer (--status WAITING)")


@app.command(epilog=example("retention inbox replay --all --dry-run", "retention inbox replay ID --body fixed.json"))
def replay(
    event_ids: EventIds = None,
    everything: Annotated[bool, typer.Option("--all", help="All that `retention inbox list` shows.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would become of them.")] = False,
    body: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A corrected body for the one event.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read refused events again and accept them as new; immediately signal events that are not applied yet."""
    if bool(event_ids) == everything:
        raise UsageError("give one EVENT_ID or more, or --all")
    if body is not None and len(event_ids or ()) != 1:
        raise UsageError("--body: is the body of one EVENT_ID")
    if body is not None and not body.is_file():
        raise UsageError(f"--body: {body} is not a file")
    correction = body.read_bytes() if body is not None else None
    settings = find_settings()

    async def replay_on(engine: AsyncEngine) -> list[ReplayOutcome]:
        door = Door(engine, identity_key=identity_key(settings), currency=settings.currency)
        return await replay_events(engine, door, event_ids, correction, dry_run=dry_run)

    outcomes = run_on_database(settings, replay_on)
    if as_json:
        print_json([asdict(outcome) for outcome in outcomes])
    else:
        _show(outcomes)
    if failed := sum(outcome.became == "refused" for outcome in outcomes):
        raise CommandError(f"{failed} of {len(outcomes)} still cannot be applied")


@app.command(epilog=example("retention inbox discard ID --reason 'a test order'"))
def discard(
    event_ids: Annotated[list[str], typer.Argument(metavar="EVENT_ID…", help="As `retention inbox list` shows them.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the inbox.")] = "given up by an operator",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
) -> None:
    """Discard events: they are never applied."""
    if not yes:
        plural = "s" if len(event_ids) > 1 else ""
        confirm(f"Discard {len(event_ids)} event{plural} for good?", if_not="nothing was discarded")
    discarded = run_on_database(find_settings(), lambda engine: discard_events(engine, event_ids, reason))
    if as_json:
        print_json([{"event_id": event_id, "discarded": True} for event_id in discarded])
    else:
        say(f"{len(discarded)} discarded")


def _cells(row: InboxRow) -> tuple[object, ...]:
    sender = " ".join(filter(None, (row.source, row.topic)))
    reason = without_addresses(row.reason or "")
    return row.event_id, row.status, row.type, sender, row.customer_id, row.received_at, row.attempts, reason


def _show(outcomes: Sequence[ReplayOutcome]) -> None:
    if not outcomes:
        say("no such events")
    for outcome in outcomes:
        detail = without_addresses(outcome.reason) if outcome.reason else ", ".join(outcome.new_ids)
        say(f"{outcome.event_id}: {outcome.became}{f' ({detail})' if detail else ''}")
