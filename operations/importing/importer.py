"""An import from beginning to end: read, stage, fold, write, start."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Generic

from rich.progress import Progress
from sqlalchemy.ext.asyncio import AsyncEngine

from intake.signals.customer_workflows import RunningCustomers
from lifecycle.policy import Policy
from operations.importing.application import Application, Imported, count_events
from operations.importing.columns import Columns, Format
from operations.importing.contacts import CUSTOMERS, Contact, Told, read_contact, told_by
from operations.importing.moments import Clock
from operations.importing.order_lines import ORDERS, OrderLine, read_order_line
from operations.importing.orders import OrderReader, Refuse
from operations.importing.past import Known, past_of
from operations.importing.progress import Advance
from operations.importing.reading import opened, read_rows, stage_rows
from operations.importing.refused_rows import RefusedRows
from operations.importing.stage import Line, Stage
from operations.importing.summary import Summary
from operations.importing.workflows import start_workflows

BATCH = 100
"""Customers written together."""


@dataclass(frozen=True)
class Request:
    """What is to be imported, and how the file is to be understood."""

    file: Path
    refused: Path
    columns: Mapping[str, str]
    clock: Clock
    encoding: str
    policy: Policy


@dataclass(frozen=True)
class Target:
    """Where it goes: the database, the workflows, and the time at which that happens."""

    engine: AsyncEngine
    workflows: RunningCustomers
    identity_key: bytes
    now: datetime


@dataclass(frozen=True)
class Kind(Generic[Line]):
    """A kind of file: its format, how a row of it is read, and how a customer's rows become events.

    `events` gets the identity key and how to refuse lines.
    """

    name: str
    format: Format
    line: type[Line]
    read: Callable[[Request, int, Mapping[str, str]], Line]
    events: Callable[[Request, bytes, Refuse], Callable[[str, list[Line]], list[Told]]]


def _orders(request: Request, identity_key: bytes, refuse: Refuse) -> Callable[[str, list[OrderLine]], list[Told]]:
    return OrderReader(
        identity_key=identity_key, currency=request.policy.currency, clock=request.clock, refuse=refuse
    ).read


def _contacts(request: Request, identity_key: bytes, _: Refuse) -> Callable[[str, list[Contact]], list[Told]]:
    def read(_: str, lines: list[Contact]) -> list[Told]:
        return [told for line in lines for told in told_by(line, identity_key, request.clock, request.policy.currency)]

    return read


ORDERS_FILE = Kind(
    "orders", ORDERS, OrderLine, lambda request, number, fields: read_order_line(number, fields, request.clock), _orders
)
CUSTOMERS_FILE = Kind(
    "customers",
    CUSTOMERS,
    Contact,
    lambda request, number, fields: read_contact(number, fields, request.clock, request.policy.currency),
    _contacts,
)


async def import_file(kind: Kind[Line], request: Request, target: Target | None, progress: Progress) -> Summary:
    """Import a file, or, without a target, only tell what it alone would come to. Raises `WrongFile`."""
    summary = Summary(str(request.file), kind.name, request.clock.as_of, dry_run=target is None)
    reading = Advance(progress, "reading", request.file.stat().st_size, "rows")
    with opened(request.file, request.encoding, reading) as records:
        columns = Columns(records.header, kind.format, request.columns)
        summary.shop = columns.shop
        stage = Stage(kind.line)
        with stage, RefusedRows(request.refused, records.header, request.encoding) as refused_rows:
            rows = read_rows(records, columns, lambda number, fields: kind.read(request, number, fields))
            summary.rows = stage_rows(stage, rows, reading)
            reading.finished()

            def refuse(numbers: Iterable[int], reason: str) -> None:
                for number in numbers:
                    refused_rows.add(number, stage.cells(number), reason)

            for number, reason in stage.refused():
                refuse([number], reason)
            identity_key = target.identity_key if target else b""
            customers = _customers(stage, kind.events(request, identity_key, refuse))
            done = Advance(progress, "history", stage.count_customers(), "customers")
            if target is None:
                _fold_alone(customers, request, summary, done)
            else:
                await _write(customers, request, target, summary, refuse, done)
    summary.refused = refused_rows.reasons
    summary.refused_file = str(request.refused) if refused_rows.reasons else None
    if target is not None:
        starting = Advance(progress, "workflows", summary.customers, "workflows")
        summary.started = await start_workflows(target.engine, target.workflows, starting.row)
    return summary


def _customers(stage: Stage[Line], events: Callable[[str, list[Line]], list[Told]]) -> Iterator[Imported]:
    """Every customer with the events about them; one that two rows tell is one event."""
    for email, lines in stage.customers():
        yield Imported(email, _merged(events(email, lines)))


def _merged(events: Iterable[Told]) -> tuple[Told, ...]:
    merged: dict[str, Told] = {}
    for told in events:
        known = merged.get(told.event.event_id)
        merged[told.event.event_id] = replace(told, lines=(*known.lines, *told.lines)) if known else told
    return tuple(merged.values())


def _fold_alone(customers: Iterator[Imported], request: Request, summary: Summary, done: Advance) -> None:
    for imported in customers:
        done.row()
        if not imported.told:
            continue
        events = [told.event for told in imported.told]
        past = past_of("", imported.email, Known(), events, request.clock.as_of, request.policy)
        summary.customers += 1
        summary.states[past.profile.state.value] += 1
        count_events(summary, events)


async def _write(
    customers: Iterator[Imported], request: Request, target: Target, summary: Summary, refuse: Refuse, done: Advance
) -> None:
    application = Application(
        target.engine,
        identity_key=target.identity_key,
        policy=request.policy,
        as_of=request.clock.as_of,
        now=target.now,
        summary=summary,
        refuse=refuse,
    )
    while batch := list(islice(customers, BATCH)):
        await application.apply([imported for imported in batch if imported.told])
        for _ in batch:
            done.row()
