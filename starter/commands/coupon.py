"""`retention coupon`: codes to give away, one customer each."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from db.messages.coupons import Pool, list_pools
from operations.access.connections import open_database
from operations.importing.coupons import CouponFile, CouponSummary, import_coupons
from operations.importing.progress import progress_bars
from operations.importing.refusal import WrongFile
from settings import Settings
from starter.commands.context import find_settings, now
from starter.commands.errors import Failed, WrongUse
from starter.commands.options import AsJson, example
from starter.commands.output import console, print_json, say, table

POOL_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_NAME = 64
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what the file comes to.")] = False,
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="When the codes expire, UTC; of a date the end of that day.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="Of the file, as Python names it.")] = "utf-8",
    refused: Annotated[
        Path | None,
        typer.Option("--refused", metavar="CSV", help="Where refused rows go; FILE.refused.csv if left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put the codes of a file into a pool.

    A code that is in any pool already, or was given to a customer, is refused; the same file may be imported again.
    Exit status 0 also when some rows were refused, 1 when all were.
    """
    if len(pool) > LONGEST_NAME or not POOL_NAME.fullmatch(pool):
        raise WrongUse("POOL: must be small letters, digits and hyphens, such as welcome-2026")
    if not file.is_file():
        raise WrongUse(f"FILE: {file} is no file")
    given = CouponFile(
        file=file,
        refused=refused or file.with_name(f"{file.name}.refused.csv"),
        encoding=encoding,
        pool=pool,
        expires_at=None if expires is None else _expiry(expires),
    )
    if given.refused.resolve() == file.resolve():
        raise WrongUse("--refused: is FILE itself")
    summary = _import(find_settings(), given, dry_run=dry_run)
    if as_json:
        print_json(vars(summary))
    else:
        _tell(summary)
    if summary.rows and not summary.added:
        raise Failed("no row of the file could be used")


@app.command("list", epilog=example("retention coupon list", "retention coupon list --json"))
def list_(as_json: AsJson = False) -> None:
    """Every pool: how many codes are left, and which campaigns give them away."""
    pools = asyncio.run(_pools(find_settings()))
    if as_json:
        print_json([_shown(pool) for pool in pools])
        return
    columns = ("Pool", "Free", "Reserved", "Given", "Expired", "Campaigns")
    rows = (
        (pool.name, pool.free, pool.reserved, pool.given, pool.expired, ", ".join(pool.campaigns)) for pool in pools
    )
    console().print(table(None, columns, rows))
    for pool in pools:
        if pool.few_left:
            say(f"{pool.name}: {_left(pool)}; `retention coupon import {pool.name} FILE.csv` brings more")


def _expiry(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        expires = found + timedelta(days=1) if DATE.fullmatch(text) else found
    except (ValueError, OverflowError):
        raise WrongUse("--expires: must be a date or a time, such as 2026-12-31 or 2026-12-31T18:00Z") from None
    if expires <= now():
        raise WrongUse("--expires: lies in the past")
    return expires


def _import(settings: Settings, given: CouponFile, *, dry_run: bool) -> CouponSummary:
    try:
        return asyncio.run(_run(settings, given, dry_run=dry_run))
    except WrongFile as error:
        raise WrongUse(str(error)) from None


async def _run(settings: Settings, given: CouponFile, *, dry_run: bool) -> CouponSummary:
    with progress_bars() as progress:
        async with open_database(settings) as engine:
            return await import_coupons(given, engine, progress, dry_run=dry_run)


async def _pools(settings: Settings) -> tuple[Pool, ...]:
    async with open_database(settings) as engine:
        return await list_pools(engine, now())


def _tell(summary: CouponSummary) -> None:
    would = "would be " if summary.dry_run else ""
    say(
        f"{summary.file}: {summary.rows} rows, {summary.added} codes {would}added to {summary.pool}, "
        f"{summary.refused.total()} refused"
    )
    if summary.refused:
        console().print(table(None, ("Refused", "Rows"), summary.refused.most_common()))
        say(f"refused rows, with line and reason: {summary.refused_file}")


def _shown(pool: Pool) -> dict[str, object]:
    return {
        "pool": pool.name,
        "free": pool.free,
        "reserved": pool.reserved,
        "given": pool.given,
        "expired": pool.expired,
        "campaigns": pool.campaigns,
        "few_left": pool.few_left,
    }


def _left(pool: Pool) -> str:
    if not pool.codes:
        return "there is no code"
    return f"{pool.free} of {pool.codes} codes are left" if pool.free else "no code is left"
