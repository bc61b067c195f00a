"""Stages rows on disk until all are read: a file is not sorted by customer, and may be larger than memory.

The stage is an unnamed SQLite database, which the operating system removes when this process ends, even by a crash.
"""

import json
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from types import TracebackType
from typing import Generic, Self, TypeVar

from pydantic import TypeAdapter

from operations.importing.contacts import ContactRow
from operations.importing.csv_rows import CsvRow
from operations.importing.order_lines import OrderLine

BATCH_ROWS = 1_000
CACHE_KIB = 8_000

Line = TypeVar("Line", OrderLine, ContactRow)

_TABLES = """
    CREATE TABLE lines (
        number INTEGER PRIMARY KEY, order_group TEXT, email TEXT, line BLOB, cells TEXT NOT NULL, reason TEXT);
"""

_GROUPS = """
    CREATE INDEX lines_order_group ON lines (order_group);
    CREATE TABLE order_groups AS
        SELECT order_group, min(email) AS email, count(DISTINCT email) AS customers, count(reason) AS refused
        FROM lines GROUP BY order_group;
    CREATE INDEX order_groups_email ON order_groups (email, order_group);
"""

_USABLE = "customers = 1 AND refused = 0"

_LINES = f"""
    SELECT order_groups.email, lines.line FROM order_groups CROSS JOIN lines USING (order_group)
    WHERE {_USABLE} ORDER BY order_groups.email, order_group, lines.number
"""  # noqa: S608 - of our own constants

_REFUSED = f"""
    SELECT number, CASE WHEN reason IS NOT NULL THEN reason
                        WHEN refused > 0 THEN 'another row of the same order cannot be used'
                        WHEN customers = 0 THEN 'names no customer'
                        ELSE 'the rows of one order name several customers' END
    FROM lines JOIN order_groups USING (order_group) WHERE NOT ({_USABLE}) ORDER BY number
"""  # noqa: S608


class RowStage(Generic[Line]):
    """Lines by customer. The rows of one order are used together or not at all."""

    def __init__(self, kind: type[Line]) -> None:
        self._kind: TypeAdapter[Line] = TypeAdapter(kind)
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA cache_size = -{CACHE_KIB}; {_TABLES}")
        self._waiting: list[tuple[object, ...]] = []

    def add(self, row: CsvRow, group: str, line: Line) -> None:
        """Stage a line that could be read; lines of one `group` belong together."""
        self._insert(row, group, line.email, self._kind.dump_json(line, exclude_defaults=True), None)

    def add_refused(self, row: CsvRow, group: str, reason: str) -> None:
        """Stage a row that could not be read: its group cannot be used either."""
        self._insert(row, group, None, None, reason)

    def sort(self) -> None:
        """Group the lines, once all of them are staged."""
        self._write()
        self._database.executescript(_GROUPS)

    def customers(self) -> Iterator[tuple[str, list[Line]]]:
        """Every customer with the usable lines, those of one order together."""
        for email, rows in groupby(self._database.execute(_LINES), key=lambda row: row[0]):
            yield email, [self._kind.validate_json(line) for _, line in rows]

    def count_customers(self) -> int:
        """The number of customers in `customers`."""
        query = f"SELECT count(DISTINCT email) FROM order_groups WHERE {_USABLE}"  # noqa: S608
        return int(self._database.execute(query).fetchone()[0])

    def refused(self) -> Iterator[tuple[int, str]]:
        """The numbers of the lines that cannot be used, with the reasons."""
        yield from self._database.execute(_REFUSED)

    def cells(self, number: int) -> list[str]:
        """The cells of a row, as in the file."""
        [cells] = self._database.execute("SELECT cells FROM lines WHERE number = ?", [number]).fetchone()
        return list(json.loads(cells))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def _insert(self, row: CsvRow, group: str, email: str | None, line: bytes | None, reason: str | None) -> None:
        self._waiting.append((row.number, group, email, line, json.dumps(row.cells), reason))
        if len(self._waiting) >= BATCH_ROWS:
            self._write()

    def _write(self) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)", self._waiting)
        self._database.execute("COMMIT")
        self._waiting.clear()
