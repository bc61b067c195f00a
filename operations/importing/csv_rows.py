"""Tolerant reading of CSV: any delimiter, stray quotes, cells over several lines, lines without an end.

A row that cannot be read never affects the rows after it.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOBase

LONGEST_LINE = 1_000_000
"""Characters of one line; a longer one is not a row of a shop."""

MOST_LINES = 50
"""Lines that one row may span through quoted line breaks."""

DELIMITERS = ",;\t|"
SEPARATOR = re.compile(f"sep=[{DELIMITERS}]?", re.IGNORECASE)
"""A line that is an instruction to Excel, and not a row."""


@dataclass(frozen=True)
class CsvRow:
    """A row that is not blank: the number of its first line, and its cells. `problem` is why it cannot be read."""

    number: int
    cells: list[str]
    problem: str | None = None


class CsvRows:
    """Reads the header, then the rows one by one. The text must be opened with `newline=""`.

    A row with a line of more than `longest_line` characters cannot be read.
    """

    def __init__(self, text: TextIOBase, *, longest_line: int = LONGEST_LINE) -> None:
        self._text = text
        self._longest = longest_line
        self._number = 0
        self._waiting: list[str] = []
        first = self._first_line()
        if SEPARATOR.fullmatch(first.strip()):
            first = self._first_line()
        self._delimiter = max(DELIMITERS, key=first.count)
        self.header = [" ".join(name.split()) for name in self._lenient(first) or []]

    def _first_line(self) -> str:
        """The next line that is not blank; empty when there is none."""
        while (line := self._line()) is not None:
            if line.strip():
                return line
        return ""

    def __iter__(self) -> Iterator[CsvRow]:
        while (line := self._line()) is not None:
            if line.strip().strip(self._delimiter + "\"' \t"):
                yield self._row(line)

    def _row(self, line: str) -> CsvRow:
        number = self._number
        if len(line) >= self._longest:
            return CsvRow(number, [line[:1000]], f"is longer than {self._longest} characters")
        cells = self._strict(line) if '"' in line else self._plain(line)
        if cells is None or not self._fits(cells):
            cells = next((found for found in self._readings(line) if found is not None and self._fits(found)), None)
        if cells is None:
            return CsvRow(number, self._plain(line), "has stray quotes, or more cells than the header")
        return CsvRow(number, [*cells, *[""] * (len(self.header) - len(cells))][: len(self.header)])

    def _readings(self, line: str) -> Iterator[list[str] | None]:
        """The possible readings of a line with wrong quotes, the most likely first."""
        yield self._over_several_lines(line)
        yield self._lenient(line)
        yield self._plain(line)

    def _fits(self, cells: list[str]) -> bool:
        return not any(cell.strip() for cell in cells[len(self.header) :])

    def _over_several_lines(self, line: str) -> list[str] | None:
        """The row with the lines that a quoted line break adds to it; None, and no line is used up, if none does."""
        taken: list[str] = []
        whole, number = line, self._number
        if not self._has_open_quote(line):
            return None
        while len(taken) < MOST_LINES and len(whole) < self._longest and (following := self._line()) is not None:
            taken.append(following)
            whole += following
            if '"' not in following:
                continue
            cells = self._strict(whole)
            if cells is not None and len(cells) == len(self.header):
                return cells
            if not self._has_open_quote(whole):
                break
        self._waiting = taken + self._waiting
        self._number = number
        return None

    def _has_open_quote(self, text: str) -> bool:
        """Whether the only problem is a quote that is still open."""
        try:
            list(csv.reader([text], delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            return str(error) == "unexpected end of data"
        return False

    def _strict(self, line: str) -> list[str] | None:
        return self._parsed(line, strict=True)

    def _lenient(self, line: str) -> list[str] | None:
        return self._parsed(line, strict=False) if line.count('"') % 2 == 0 else None

    def _plain(self, line: str) -> list[str]:
        return [cell.strip().removeprefix('"') for cell in line.rstrip("\r\n").split(self._delimiter)]

    def _parsed(self, line: str, *, strict: bool) -> list[str] | None:
        try:
            rows = list(csv.reader([line], delimiter=self._delimiter, strict=strict))
        except csv.Error:
            return None
        return rows[0] if len(rows) == 1 else None

    def _line(self) -> str | None:
        """The next line; only the beginning of one that is too long."""
        self._number += 1
        if self._waiting:
            return self._waiting.pop(0)
        line = self._text.readline(self._longest)
        if len(line) >= self._longest:
            while (more := self._text.readline(self._longest)) and not more.endswith(("\n", "\r")):
                pass
        return line or None
