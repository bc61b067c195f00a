"""A whole import: read, stage, fold, write, start workflows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Generic

from sqlalchemy.ext.asyncio import AsyncEngine

from intake.signals.customer_workflows import RunningCustomers
from lifecycle.policy import Policy
from operations.importing.columns import Columns, Format
from operations.importing.contacts import CUSTOMERS, ContactRow, ImportedEvent, contact_events, read_contact
from operations.importing.customer_writer import CustomerWriter, ImportedCustomer, count_events
from operations.importing.order_lines import ORDERS, OrderLine, read_order_line
from operations.importing.orders import OrderReader, Refuse
from operations.importing.past import fold_import
from operations.importing.progress import ImportProgress, ProgressCounter
from operations.importing.reading import check_paths, open_rows, read_rows, stage_rows
from operations.importing.refused_rows import RefusedRows
from operations.importing.stage import Line, RowStage
from operations.importing.summary import ImportSummary
from operations.importing.times import TimeReader
from operations.importing.workflows import start_workflows

BATCH = 100
"""Customers written together."""


@dataclass(frozen=True)
class ImportRequest:
    """A file to import, and how to read it. `refused` is the path for rows that cannot be used."""

    file: Path
    refused: Path
    columns: Mapping[str, str]
    times: TimeReader
    encoding: str
    policy: Policy

    def __post_init__(self) -> None:
        """Raise `InvalidFile` before anything is read or written."""
        check_paths(self.file, self.refused)


@dataclass(frozen=True)
class ImportTarget:
    """Where an import is written: the database, the workflows, and the time of the import."""

    engine: AsyncEngine
    workflows: RunningCustomers
    identity_key: bytes
    now: datetime


@dataclass(frozen=True)
class FileKind(Generic[Line]):
    """A kind of file: its format, the reader of one row, and the reader that turns one customer's rows into events.

    `events` gets the identity key and a function that refuses lines.
    """

    name: str
    format: Format
    line: type[Line]
    read: Callable[[ImportRequest, int, Mapping[str, str]], Line]
    events: Callable[[ImportRequest, bytes, Refuse], Callable[[str, list[Line]], list[ImportedEvent]]]


def _order_events(
    request: ImportRequest, identity_key: bytes, refuse: Refuse
) -> Callable[[str, list[OrderLine]], list[ImportedEvent]]:
    return OrderReader(
        identity_key=identity_key, currency=request.policy.currency, times=request.times, refuse=refuse
    ).read


def _contact_events(
    request: ImportRequest, identity_key: bytes, _: Refuse
) -> Callable[[str, list[ContactRow]], list[ImportedEvent]]:
    def read(_: str, rows: list[ContactRow]) -> list[ImportedEvent]:
        return [
            event for row in rows for event in contact_events(row, identity_key, request.times, request.policy.currency)
        ]

    return read


ORDERS_FILE = FileKind(
    "orders",
    ORDERS,
    OrderLine,
    lambda request, number, fields: read_order_line(number, fields, request.times),
    _order_events,
)
CUSTOMERS_FILE = FileKind(
    "customers",
    CUSTOMERS,
    ContactRow,
    lambda request, number, fields: read_contact(number, fields, request.times, request.policy.currency),
    _contact_events,
)


async def import_file(
    kind: FileKind[Line], request: ImportRequest, target: ImportTarget | None, progress: ImportProgress
) -> ImportSummary:
    """Import a file; without a target, only count what the file contains.

    Raises `InvalidFile`, and `CustomersBusy` if customers keep changing meanwhile. A file may be imported again.
    """
    summary = ImportSummary(str(request.file), kind.name, request.times.as_of, dry_run=target is None)
    reading = ProgressCounter(progress, "reading", request.file.stat().st_size, "rows")
    with open_rows(request.file, request.encoding, reading) as rows:
        columns = Columns(rows.header, kind.format, request.columns)
        summary.shop = columns.shop
        stage = RowStage(kind.line)
        with stage, RefusedRows(request.refused, rows.header, request.encoding) as refused_rows:
            lines = read_rows(rows, columns, lambda number, fields: kind.read(request, number, fields))
            summary.rows = stage_rows(stage, lines, reading)
            reading.finish()

            def refuse(numbers: Iterable[int], reason: str) -> None:
                for number in numbers:
                    refused_rows.add(number, stage.cells(number), reason)

            for number, reason in stage.refused():
                refuse([number], reason)
            identity_key = target.identity_key if target else b""
            customers = _customers(stage, kind.events(request, identity_key, refuse))
            counter = ProgressCounter(progress, "history", stage.count_customers(), "customers")
            if target is None:
                _count_only(customers, request, summary, counter)
            else:
                await _write(customers, request, target, summary, refuse, counter)
    summary.refused = refused_rows.reasons
    summary.refused_file = str(request.refused) if refused_rows.reasons else None
    if target is not None:
        starting = ProgressCounter(progress, "workflows", summary.customers, "workflows")
        summary.started = await start_workflows(target.engine, target.workflows, starting.add)
    return summary


def _customers(
    stage: RowStage[Line], events: Callable[[str, list[Line]], list[ImportedEvent]]
) -> Iterator[ImportedCustomer]:
    """Every customer with their events; an event that two rows describe is one event."""
    for email, lines in stage.customers():
        yield ImportedCustomer(email, _merged(events(email, lines)))


def _merged(events: Iterable[ImportedEvent]) -> tuple[ImportedEvent, ...]:
    merged: dict[str, ImportedEvent] = {}
    for imported in events:
        event_id = imported.event.event_id
        known = merged.get(event_id)
        merged[event_id] = replace(imported, lines=(*known.lines, *imported.lines)) if known else imported
    return tuple(merged.values())


def _count_only(
    customers: Iterator[ImportedCustomer], request: ImportRequest, summary: ImportSummary, counter: ProgressCounter
) -> None:
    for customer in customers:
        counter.add()
        if not customer.events:
            continue
        events = [imported.event for imported in customer.events]
        past = fold_import("", customer.email, events, request.times.as_of, request.policy)
        summary.customers += 1
        summary.states[past.profile.state.value] += 1
        count_events(summary, events)


async def _write(
    customers: Iterator[ImportedCustomer],
    request: ImportRequest,
    target: ImportTarget,
    summary: ImportSummary,
    refuse: Refuse,
    counter: ProgressCounter,
) -> None:
    writer = CustomerWriter(
        target.engine,
        identity_key=target.identity_key,
        policy=request.policy,
        as_of=request.times.as_of,
        now=target.now,
        summary=summary,
        refuse=refuse,
    )
    while batch := list(islice(customers, BATCH)):
        await writer.apply([customer for customer in batch if customer.events])
        for _ in batch:
            counter.add()
