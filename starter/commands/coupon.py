"""`retention coupon`: pools of codes, each of which one customer gets."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from db.messages.coupons import Pool
from operations.messages.coupon_import import CouponFile, CouponSummary
from operations.messages.coupons import describe_stock, fill_pool, list_pools
from starter.commands.context import find_settings, now
from starter.commands.database_operation import run_on_database
from starter.commands.errors import CommandError, UsageError
from starter.commands.input import parse_time
from starter.commands.options import AsJson, example
from starter.commands.output import console, print_json, say, table
from starter.commands.progress_bars import progress_bars

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

app = typer.Typer(
    no_args_is_help=True,
    help="Coupons: pools of codes, of which each message of a campaign gives one away.",
    epilog=example("retention coupon list"),
)


@app.command(
    "import",
    epilog=example("retention coupon import welcome codes.csv --expires 2026-12-31"),
)
def import_(
    pool: Annotated[str, typer.Argument(metavar="POOL", help="As `coupon_pool` of a campaign names it.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file with a column `code`, or with only one.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count; add nothing.")] = False,
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="When the codes expire, UTC; a date means the end of that day.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="Encoding of the file, as Python names it.")] = "utf-8",
    refused: Annotated[
        Path | None,
        typer.Option("--refused", metavar="CSV", help="File for refused rows; FILE.refused.csv by default."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put the codes of a file into a pool.

    A code that is already in a pool, or was given to a customer, is refused; the same file may be imported again.
    The exit status is 0 even if some rows were refused, and 1 if all were.
    """
    given = CouponFile(
        file=file,
        refused=refused or file.with_name(f"{file.name}.refused.csv"),
        encoding=encoding,
        pool=pool,
        expires_at=None if expires is None else _expiry(expires),
    )
    with progress_bars() as progress:
        summary = run_on_database(
            find_settings(), lambda engine: fill_pool(engine, given, progress, now(), dry_run=dry_run)
        )
    if as_json:
        print_json(vars(summary))
    else:
        _show(summary)
    if summary.rows and not summary.added:
        raise CommandError("no row of the file could be used")


@app.command("list", epilog=example("retention coupon list", "retention coupon list --json"))
def list_(as_json: AsJson = False) -> None:
    """List every pool: how many codes are left, and which campaigns give them away."""
    pools = run_on_database(find_settings(), lambda engine: list_pools(engine, now()))
    if as_json:
        print_json([_pool_values(pool) for pool in pools])
        return
    columns = ("Pool", "Free", "Reserved", "Given", "Expired", "Campaigns")
    rows = (
        (pool.name, pool.free, pool.reserved, pool.given, pool.expired, ", ".join(pool.campaigns)) for pool in pools
    )
    console().print(table(None, columns, rows))
    for pool in pools:
        if pool.few_left:
            say(f"{pool.name}: {describe_stock(pool)}; `retention coupon import {pool.name} FILE.csv` adds more")


def _expiry(text: str) -> datetime:
    found = parse_time("--expires", text)
    try:
        return found + timedelta(days=1) if DATE.fullmatch(text) else found
    except OverflowError:
        raise UsageError("--expires: is too far in the future") from None


def _show(summary: CouponSummary) -> None:
    would = "would be " if summary.dry_run else ""
    say(
        f"{summary.file}: {summary.rows} rows, {summary.added} codes {would}added to {summary.pool}, "
        f"{summary.refused.total()} refused"
    )
    if summary.refused:
        console().print(table(None, ("Refused", "Rows"), summary.refused.most_common()))
        say(f"refused rows, with line and reason: {summary.refused_file}")


def _pool_values(pool: Pool) -> dict[str, object]:
    return {
        "pool": pool.name,
        "free": pool.free,
        "reserved": pool.reserved,
        "given": pool.given,
        "expired": pool.expired,
        "campaigns": pool.campaigns,
        "few_left": pool.few_left,
    }
