"""`retention import`: what a shop did before it had us."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import Progress

from intake.signals.customer_workflows import RunningCustomers
from operations.access.connections import connect_temporal, identity_key, open_database
from operations.importing.application import Busy
from operations.importing.columns import parse_map
from operations.importing.importer import CUSTOMERS_FILE, ORDERS_FILE, Request, Target, import_file
from operations.importing.moments import Clock, DateOrder
from operations.importing.progress import progress_bars
from operations.importing.refusal import WrongFile
from operations.importing.summary import Summary
from operations.importing.suppressions import import_suppressions
from settings import Settings
from starter.commands.context import find_settings, now
from starter.commands.errors import Failed, WrongUse
from starter.commands.options import AsJson, example
from starter.commands.output import console, print_json, say, table

Run = Callable[[Request, Target | None, Progress], Awaitable[Summary]]

File = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file with a header.")]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=COLUMN", help="Where a field comes from: a column, or text with {Column}."),
]
MapFile = Annotated[Path | None, typer.Option(metavar="YAML", help="The same as lines of `field: column`.")]
AsOf = Annotated[str | None, typer.Option(metavar="TIME", help="The end of the past, UTC; now when left out.")]
Dates = Annotated[DateOrder, typer.Option(help="How 01/12/2010 is meant; such dates are refused unless it is said.")]
Zone = Annotated[str, typer.Option("--time-zone", help="Of times that name none.")]
Encoding = Annotated[str, typer.Option(help="Of the file, as Python names it.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what the file comes to; needs no server.")]
RefusedFile = Annotated[
    Path | None, typer.Option("--refused", metavar="CSV", help="Where refused rows go; FILE.refused.csv if left out.")
]

STATUS = "Exit status 0 also when some rows were refused, 1 when all were."

app = typer.Typer(
    no_args_is_help=True,
    help="History: orders, customers and suppressed addresses from CSV files. Nothing is sent for the past.",
    epilog=example("retention import orders orders_export.csv --dry-run"),
)


def _command(run: Run) -> Callable[..., None]:
    """A command that imports in one of the three ways; they take the same options."""

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
        clock = Clock(_end_of_the_past(as_of), _zone(time_zone), dates)
        request = Request(
            file=_existing("FILE", file),
            refused=refused or file.with_name(f"{file.name}.refused.csv"),
            columns=_columns(map_ or [], map_file),
            clock=clock,
            encoding=encoding,
            policy=settings.policy(),
        )
        if request.refused.resolve() == request.file.resolve():
            raise WrongUse("--refused: is FILE itself")
        summary = _summary(settings, run, request, dry_run=dry_run)
        if as_json:
            print_json(summary.document())
        else:
            _tell(summary)
        if summary.rows and not summary.used:
            raise Failed("no row of the file could be used")

    return import_


app.command(
    "orders",
    help="Orders, cancellations and refunds: one row per order or per line item; Shopify's export as it is.\n\n"
    "Every customer comes to stand where their history has brought them, with the timers that are due from there. "
    f"A file may be imported again, and so may one whose import was interrupted. {STATUS}",
    epilog=example(
        "retention import orders orders_export.csv --dry-run",
        "retention import orders retail.csv --map order_id=InvoiceNo --map occurred_at=InvoiceDate "
        "--map 'customer_email={CustomerID}@customers.example'",
    ),
)(_command(partial(import_file, ORDERS_FILE)))
app.command(
    "customers",
    help="Names, telephone numbers, languages, time zones, consent; Shopify's export as it is.\n\n"
    f"Nobody is opted in against their own word: consent without a time is older than what anybody said here. {STATUS}",
    epilog=example("retention import customers customers_export.csv"),
)(_command(partial(import_file, CUSTOMERS_FILE)))
app.command(
    "suppressions",
    help="Addresses that get nothing more: `email`, and if you like `channel` and `reason`.\n\n"
    f"Without a channel it is both, without a reason `manual`; of two reasons the harder one stays. {STATUS}",
    epilog=example("retention import suppressions unsubscribed.csv"),
)(_command(import_suppressions))


def _existing(name: str, file: Path) -> Path:
    if not file.is_file():
        raise WrongUse(f"{name}: {file} is no file")
    return file


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise WrongUse("--time-zone: must be the name of a time zone, such as Europe/London") from None


def _columns(options: list[str], file: Path | None) -> dict[str, str]:
    text = None if file is None else _existing("--map-file", file).read_text(encoding="utf-8")
    try:
        return parse_map(options, text)
    except WrongFile as error:
        raise WrongUse(str(error)) from None


def _end_of_the_past(as_of: str | None) -> datetime:
    moment = now()
    if as_of is None:
        return moment
    try:
        found = datetime.fromisoformat(as_of)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongUse("--as-of: must be a date or a time, such as 2026-11-22 or 2026-11-22T03:00Z") from None
    if found > moment:
        raise WrongUse("--as-of: lies in the future")
    return found


def _summary(settings: Settings, run: Run, request: Request, *, dry_run: bool) -> Summary:
    try:
        return asyncio.run(_run(settings, run, request, dry_run=dry_run))
    except WrongFile as error:
        raise WrongUse(str(error)) from None
    except Busy as error:
        raise Failed(str(error)) from None


async def _run(settings: Settings, run: Run, request: Request, *, dry_run: bool) -> Summary:
    with progress_bars() as progress:
        if dry_run:
            return await run(request, None, progress)
        async with _target(settings) as target:
            return await run(request, target, progress)


@asynccontextmanager
async def _target(settings: Settings) -> AsyncIterator[Target]:
    key = identity_key(settings)
    async with open_database(settings) as engine:
        workflows = RunningCustomers(await connect_temporal(settings), settings.task_queue)
        yield Target(engine, workflows, key, now())


def _tell(summary: Summary) -> None:
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
        console().print(table(None, ("State", "Customers"), ranked))
        if not summary.dry_run:
            say(f"{summary.started} workflows started or told")
    if summary.refused:
        console().print(table(None, ("Refused", "Rows"), summary.refused.most_common()))
        say(f"refused rows, with line and reason: {summary.refused_file}")
