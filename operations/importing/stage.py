"""Where rows wait on disk until all of them are read: a file is not sorted by customer, and may be larger than memory.

An SQLite database without a name, which the system removes by itself when this process ends, however it ends.
"""

import json
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from types import TracebackType
from typing import Generic, Self, TypeVar

from pydantic import TypeAdapter

from operations.importing.contacts import Contact
from operations.importing.order_lines import OrderLine
from operations.importing.records import Record

AT_ONCE = 1_000
CACHE_KIB = 8_000

Line = TypeVar("Line", OrderLine, Contact)

_TABLES = """
    CREATE TABLE lines (
        number INTEGER PRIMARY KEY, whole TEXT, customer TEXT, line BLOB, cells TEXT NOT NULL, reason TEXT);
"""

_GROUPS = """
    CREATE INDEX lines_whole ON lines (whole);
    CREATE TABLE wholes AS
        SELECT whole, min(customer) AS customer, count(DISTINCT customer) AS customers, count(reason) AS refused
        FROM lines GROUP BY whole;
    CREATE INDEX wholes_customer ON wholes (customer, whole);
"""

_USABLE = "customers = 1 AND refused = 0"

_LINES = f"""
    SELECT wholes.customer, lines.line FROM wholes CROSS JOIN lines ON lines.whole = wholes.whole
    WHERE {_USABLE} ORDER BY wholes.customer, wholes.whole, lines.number
"""  # noqa: S608 - of our own constants

_REFUSED = f"""
    SELECT number, CASE WHEN reason IS NOT NULL THEN reason
                        WHEN refused > 0 THEN 'another row of the same order cannot be used'
                        WHEN customers = 0 THEN 'names no customer'
                        ELSE 'the rows of one order name several customers' END
    FROM lines JOIN wholes ON wholes.whole = lines.whole WHERE NOT ({_USABLE}) ORDER BY number
"""  # noqa: S608


class Stage(Generic[Line]):
    """Lines by customer. What belongs to one whole, an order, is taken whole or not at all."""

    def __init__(self, kind: type[Line]) -> None:
        self._kind: TypeAdapter[Line] = TypeAdapter(kind)
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA cache_size = -{CACHE_KIB}; {_TABLES}")
        self._waiting: list[tuple[object, ...]] = []

    def add(self, record: Record, whole: str, line: Line) -> None:
        """Keep a line that could be read."""
        self._insert(record, whole, line.customer, self._kind.dump_json(line, exclude_defaults=True), None)

    def add_refused(self, record: Record, whole: str, reason: str) -> None:
        """Keep a row that could not be read: what it belongs to cannot be used either."""
        self._insert(record, whole, None, None, reason)

    def sort(self) -> None:
        """All rows are there."""
        self._write()
        self._database.executescript(_GROUPS)

    def customers(self) -> Iterator[tuple[str, list[Line]]]:
        """Every customer with the lines that can be used, those of one order together."""
        for customer, rows in groupby(self._database.execute(_LINES), key=lambda row: row[0]):
            yield customer, [self._kind.validate_json(line) for _, line in rows]

    def count_customers(self) -> int:
        """How many `customers` gives."""
        query = f"SELECT count(DISTINCT customer) FROM wholes WHERE {_USABLE}"  # noqa: S608
        return int(self._database.execute(query).fetchone()[0])

    def refused(self) -> Iterator[tuple[int, str]]:
        """The lines that cannot be used, each with its reason."""
        yield from self._database.execute(_REFUSED)

    def cells(self, number: int) -> list[str]:
        """A row as it stood in the file."""
        [cells] = self._database.execute("SELECT cells FROM lines WHERE number = ?", [number]).fetchone()
        return list(json.loads(cells))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def _insert(self, record: Record, whole: str, customer: str | None, line: bytes | None, reason: str | None) -> None:
        self._waiting.append((record.number, whole, customer, line, json.dumps(record.cells), reason))
        if len(self._waiting) >= AT_ONCE:
            self._write()

    def _write(self) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)", self._waiting)
        self._database.execute("COMMIT")
        self._waiting.clear()
