"""`retention import`: a shop's history from CSV files."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from intake.signals.customer_workflows import RunningCustomers
from operations.access.database import identity_key, open_database
from operations.access.temporal import connect_temporal
from operations.importing.columns import parse_map
from operations.importing.importer import CUSTOMERS_FILE, ORDERS_FILE, ImportRequest, ImportTarget, import_file
from operations.importing.progress import ImportProgress
from operations.importing.summary import ImportSummary
from operations.importing.suppressions import import_suppressions
from operations.importing.times import DateOrder, TimeReader
from settings import Settings
from starter.commands.context import find_settings, now
from starter.commands.errors import CommandError, UsageError
from starter.commands.input import parse_time
from starter.commands.options import AsJson, example
from starter.commands.output import console, print_json, say, table
from starter.commands.progress_bars import progress_bars

Run = Callable[[ImportRequest, ImportTarget | None, ImportProgress], Awaitable[ImportSummary]]

File = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file with a header.")]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=COLUMN", help="Where a field comes from: a column, or text with {Column}."),
]
MapFile = Annotated[Path | None, typer.Option(metavar="YAML", help="The same as lines of `field: column`.")]
AsOf = Annotated[str | None, typer.Option(metavar="TIME", help="The end of the past, UTC; now when left out.")]
Dates = Annotated[DateOrder, typer.Option(help="The meaning of 01/12/2010; such dates are refused by default.")]
Zone = Annotated[str, typer.Option("--time-zone", help="Of times without one.")]
Encoding = Annotated[str, typer.Option(help="Of the file, as Python names it.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count what the file contains; needs no server.")]
RefusedFile = Annotated[
    Path | None, typer.Option("--refused", metavar="CSV", help="Where refused rows go; FILE.refused.csv if left out.")
]

STATUS = "The exit status is 0 even if some rows were refused, and 1 if all were."

app = typer.Typer(
    no_args_is_help=True,
    help="History: orders, customers and suppressed addresses from CSV files. Nothing is sent for the past.",
    epilog=example("retention import orders orders_export.csv --dry-run"),
)


def _command(run: Run) -> Callable[..., None]:
    """A command for one kind of file; all three take the same options."""

    def import_(
        file: File,
        map_: Map = None,
        map_file: MapFile = None,
        as_of: AsOf = None,
        dates: Dates = DateOrder.ISO,
        time_zone: Zone = "UTC",
        encoding: Encoding = "utf-8",
        dry_run: DryRun = False,
        refused: RefusedFile = None,
        as_json: AsJson = False,
    ) -> None:
        settings = find_settings()
        request = ImportRequest(
            file=file,
            refused=refused or file.with_name(f"{file.name}.refused.csv"),
            columns=_columns(map_ or [], map_file),
            times=TimeReader(_end_of_the_past(as_of), _zone(time_zone), dates),
            encoding=encoding,
            policy=settings.policy(),
        )
        summary = asyncio.run(_run(settings, run, request, dry_run=dry_run))
        if as_json:
            print_json(summary.document())
        else:
            _show(summary)
        if summary.rows and not summary.used:
            raise CommandError("no row of the file could be used")

    return import_


app.command(
    "orders",
    help="Orders, cancellations and refunds: one row per order or per line item; Shopify's export is recognised.\n\n"
    "Every customer gets the state and the timers that follow from their history. "
    f"A file may be imported again, also after an interruption. {STATUS}",
    epilog=example(
        "retention import orders orders_export.csv --dry-run",
        "retention import orders retail.csv --map order_id=InvoiceNo --map occurred_at=InvoiceDate "
        "--map 'customer_email={CustomerID}@customers.example'",
    ),
)(_command(partial(import_file, ORDERS_FILE)))
app.command(
    "customers",
    help="Names, phone numbers, languages, time zones, consent; Shopify's export is recognised.\n\n"
    f"Consent without a time counts as older than any live statement, so it opts no customer in again. {STATUS}",
    epilog=example("retention import customers customers_export.csv"),
)(_command(partial(import_file, CUSTOMERS_FILE)))
app.command(
    "suppressions",
    help="Addresses that get nothing more: `email`, and optionally `channel` and `reason`.\n\n"
    f"The default is both channels and the reason `manual`; of two reasons the more severe one is stored. {STATUS}",
    epilog=example("retention import suppressions unsubscribed.csv"),
)(_command(import_suppressions))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError("--time-zone: must be the name of a time zone, such as Europe/London") from None


def _columns(options: list[str], file: Path | None) -> dict[str, str]:
    if file is None:
        return parse_map(options, None)
    if not file.is_file():
        raise UsageError(f"--map-file: {file} is not a file")
    return parse_map(options, file.read_text(encoding="utf-8"))


def _end_of_the_past(as_of: str | None) -> datetime:
    moment = now()
    if as_of is None:
        return moment
    found = parse_time("--as-of", as_of)
    if found > moment:
        raise UsageError("--as-of: is in the future")
    return found


async def _run(settings: Settings, run: Run, request: ImportRequest, *, dry_run: bool) -> ImportSummary:
    with progress_bars() as progress:
        if dry_run:
            return await run(request, None, progress)
        async with _target(settings) as target:
            return await run(request, target, progress)


@asynccontextmanager
async def _target(settings: Settings) -> AsyncIterator[ImportTarget]:
    key = identity_key(settings)
    async with open_database(settings) as engine:
        workflows = RunningCustomers(await connect_temporal(settings), settings.task_queue)
        yield ImportTarget(engine, workflows, key, now())


def _show(summary: ImportSummary) -> None:
    would = "would be " if summary.dry_run else ""
    shop = f" ({summary.shop})" if summary.shop else ""
    say(f"{summary.file}{shop}: {summary.rows} rows, {summary.used} used, {summary.refused.total()} refused")
    if summary.kind == "suppressions":
        say(f"{summary.suppressed} channels of customers {would}suppressed")
    else:
        say(
            f"{summary.customers} customers, {summary.unchanged} of them unchanged; {summary.orders} orders and "
            f"{summary.refunds} refunds {would}new, {summary.known} events known already"
        )
        ranked = sorted(summary.states.items(), key=lambda found: -found[1])
        if ranked:
            console().print(table(None, ("State", "Customers"), ranked))
        if not summary.dry_run:
            say(f"{summary.started} workflows started or reloaded")
    if summary.refused:
        console().print(table(None, ("Refused", "Rows"), summary.refused.most_common()))
        say(f"refused rows, with line and reason: {summary.refused_file}")
