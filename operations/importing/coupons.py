"""Coupon codes from a file into a pool: each once, whatever the file says twice."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from rich.progress import Progress
from sqlalchemy.ext.asyncio import AsyncEngine

from db.messages.coupons import KnownCode, add_codes, known_codes
from operations.importing.progress import Advance
from operations.importing.reading import opened
from operations.importing.records import Record, Records
from operations.importing.refusal import WrongFile
from operations.importing.refused_rows import RefusedRows

BATCH = 1_000
LONGEST = 64
COLUMN = "code"
HEADINGS = frozenset({COLUMN, "codes", "coupon", "coupons", "coupon code", "discount code", "discount", "voucher"})
"""What may stand above the one column of a file that has no other; anything else there is a code."""

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What a customer can type."""

TWICE = "stands in the file before"
IN_POOL = "is in the pool already"
GIVEN = "was given to a customer already"


@dataclass(frozen=True)
class CouponFile:
    """What is to be imported into which pool. `refused` takes the rows that cannot be used."""

    file: Path
    refused: Path
    encoding: str
    pool: str
    expires_at: datetime | None


@dataclass
class CouponSummary:
    """What an import of codes did, or would do, in numbers."""

    file: str
    pool: str
    expires_at: datetime | None
    dry_run: bool
    rows: int = 0
    added: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    refused_file: str | None = None


async def import_coupons(given: CouponFile, engine: AsyncEngine, progress: Progress, *, dry_run: bool) -> CouponSummary:
    """Import codes, or only count them. Raises `WrongFile`. A file may be imported again."""
    summary = CouponSummary(str(given.file), given.pool, given.expires_at, dry_run)
    reading = Advance(progress, "reading", given.file.stat().st_size, "rows")
    with (
        opened(given.file, given.encoding, reading) as records,
        RefusedRows(given.refused, records.header, given.encoding) as refused_rows,
    ):
        rows = _codes(records)
        seen: set[str] = set()
        while batch := list(islice(rows, BATCH)):
            usable = _sifted(batch, seen, refused_rows)
            for code, known in (await known_codes(engine, list(usable))).items():
                _refuse(refused_rows, usable.pop(code), _why_known(known, given.pool))
            added = set(usable) if dry_run else await add_codes(engine, given.pool, list(usable), given.expires_at)
            # Somebody else imported them in this very moment.
            for code in usable.keys() - added:
                _refuse(refused_rows, usable[code], IN_POOL)
            summary.rows += len(batch)
            summary.added += len(added)
            for _ in batch:
                reading.row()
        reading.finished()
    summary.refused = refused_rows.reasons
    summary.refused_file = str(given.refused) if refused_rows.reasons else None
    return summary


def _sifted(batch: Iterable[tuple[Record, str]], seen: set[str], refused_rows: RefusedRows) -> dict[str, Record]:
    """The rows of a batch that are codes and were not `seen` before, by their code."""
    usable: dict[str, Record] = {}
    for record, code in batch:
        problem = record.problem or _problem(code) or (TWICE if code in seen else None)
        if problem:
            _refuse(refused_rows, record, problem)
        else:
            seen.add(code)
            usable[code] = record
    return usable


def _refuse(refused_rows: RefusedRows, record: Record, reason: str) -> None:
    refused_rows.add(record.number, record.cells, reason)


def _codes(records: Records) -> Iterator[tuple[Record, str]]:
    header = [name.casefold() for name in records.header]
    if not "".join(header).isprintable():
        raise WrongFile("FILE: its first line cannot be read; is it a text file, in this --encoding?")
    if COLUMN in header:
        place = header.index(COLUMN)
    elif len(header) == 1:
        place = 0
        if header[0] not in HEADINGS and _problem(records.header[0]) is None:
            yield Record(1, records.header), records.header[0]
    else:
        raise WrongFile("FILE has several columns, and none that is called code")
    for record in records:
        yield record, record.cells[place].strip() if place < len(record.cells) else ""


def _problem(code: str) -> str | None:
    if not code:
        return "has no code"
    if len(code) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if not CODE.fullmatch(code):
        return "is no code: one has letters, digits, hyphens, dots and underscores, of ASCII, and nothing else"
    return None


def _why_known(known: KnownCode, pool: str) -> str:
    if known.is_taken:
        return GIVEN
    return IN_POOL if known.pool == pool else f"is in the pool {known.pool} already"
