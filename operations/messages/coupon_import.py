"""Imports coupon codes from a file into a pool, each code once."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from db.messages.coupons import KnownCode, add_codes, known_codes
from operations.importing.csv_rows import CsvRow, CsvRows
from operations.importing.progress import ImportProgress, ProgressCounter
from operations.importing.reading import open_rows
from operations.importing.refusal import InvalidFile
from operations.importing.refused_rows import RefusedRows

BATCH = 1_000
LONGEST = 64
COLUMN = "code"
HEADINGS = frozenset({COLUMN, "codes", "coupon", "coupons", "coupon code", "discount code", "discount", "voucher"})
"""Headings of the single column of a file; anything else in its first line is a code."""

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""Characters that customers can type."""

TWICE = "is in the file twice"
IN_POOL = "is in the pool already"
GIVEN = "was given to a customer already"


@dataclass(frozen=True)
class CouponFile:
    """A file to import into a pool. `refused` is the path for rows that cannot be used."""

    file: Path
    refused: Path
    encoding: str
    pool: str
    expires_at: datetime | None


@dataclass
class CouponSummary:
    """The numbers of an import of codes, or of its dry run."""

    file: str
    pool: str
    expires_at: datetime | None
    dry_run: bool
    rows: int = 0
    added: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    refused_file: str | None = None


async def import_coupons(
    given: CouponFile, engine: AsyncEngine, progress: ImportProgress, *, dry_run: bool, batch_size: int = BATCH
) -> CouponSummary:
    """Import codes, or count them. Raises `InvalidFile`. A file may be imported again."""
    summary = CouponSummary(str(given.file), given.pool, given.expires_at, dry_run)
    reading = ProgressCounter(progress, "reading", given.file.stat().st_size, "rows")
    with (
        open_rows(given.file, given.encoding, reading) as rows,
        RefusedRows(given.refused, rows.header, given.encoding) as refused_rows,
    ):
        codes = _codes(rows)
        seen: set[str] = set()
        while batch := list(islice(codes, batch_size)):
            usable = _usable(batch, seen, refused_rows)
            for code, known in (await known_codes(engine, list(usable))).items():
                _refuse(refused_rows, usable.pop(code), _why_known(known, given.pool))
            added = set(usable) if dry_run else await add_codes(engine, given.pool, list(usable), given.expires_at)
            # Another import added them concurrently.
            for code in usable.keys() - added:
                _refuse(refused_rows, usable[code], IN_POOL)
            summary.rows += len(batch)
            summary.added += len(added)
            for _ in batch:
                reading.add()
        reading.finish()
    summary.refused = refused_rows.reasons
    summary.refused_file = str(given.refused) if refused_rows.reasons else None
    return summary


def _usable(batch: Iterable[tuple[CsvRow, str]], seen: set[str], refused_rows: RefusedRows) -> dict[str, CsvRow]:
    """The rows of a batch that are codes and not `seen` before, by their code."""
    usable: dict[str, CsvRow] = {}
    for row, code in batch:
        problem = row.problem or _problem(code) or (TWICE if code in seen else None)
        if problem:
            _refuse(refused_rows, row, problem)
        else:
            seen.add(code)
            usable[code] = row
    return usable


def _refuse(refused_rows: RefusedRows, row: CsvRow, reason: str) -> None:
    refused_rows.add(row.number, row.cells, reason)


def _codes(rows: CsvRows) -> Iterator[tuple[CsvRow, str]]:
    header = [name.casefold() for name in rows.header]
    if not "".join(header).isprintable():
        raise InvalidFile("its first line cannot be read; is it a text file in this encoding?", field="file")
    if COLUMN in header:
        place = header.index(COLUMN)
    elif len(header) == 1:
        place = 0
        if header[0] not in HEADINGS and _problem(rows.header[0]) is None:
            yield CsvRow(1, rows.header), rows.header[0]
    else:
        raise InvalidFile("has several columns, and none is called code", field="file")
    for row in rows:
        yield row, row.cells[place].strip() if place < len(row.cells) else ""


def _problem(code: str) -> str | None:
    if not code:
        return "has no code"
    if len(code) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if not CODE.fullmatch(code):
        return "is not a code: only ASCII letters, digits, hyphens, dots and underscores are allowed"
    return None


def _why_known(known: KnownCode, pool: str) -> str:
    if known.is_taken:
        return GIVEN
    return IN_POOL if known.pool == pool else f"is in the pool {known.pool} already"
