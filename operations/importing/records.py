"""The rows of a CSV file as it comes: any delimiter, stray quotes, cells over several lines, no end of a line.

One row that cannot be read costs that row, and never those after it.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOBase

MOST_LINE = 1_000_000
"""Characters of one line; what is longer is no row of a shop's."""

MOST_LINES = 50
"""Lines that one row may span by quoted line breaks."""

DELIMITERS = ",;\t|"
SEPARATOR = re.compile(f"sep=[{DELIMITERS}]?", re.IGNORECASE)
"""What Excel takes for no row, and so do we."""


@dataclass(frozen=True)
class Record:
    """A row that is not blank: the number of the line it begins on, and its cells. `problem` says what is wrong."""

    number: int
    cells: list[str]
    problem: str | None = None


class Records:
    """Reads the header, then the rows one by one. The text has to be opened with `newline=""`."""

    def __init__(self, text: TextIOBase) -> None:
        self._text = text
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

    def __iter__(self) -> Iterator[Record]:
        while (line := self._line()) is not None:
            if line.strip().strip(self._delimiter + "\"' \t"):
                yield self._record(line)

    def _record(self, line: str) -> Record:
        number = self._number
        if len(line) >= MOST_LINE:
            return Record(number, [line[:1000]], f"is longer than {MOST_LINE} characters")
        cells = self._strict(line) if '"' in line else self._plain(line)
        if cells is None or not self._fits(cells):
            cells = next((found for found in self._readings(line) if found is not None and self._fits(found)), None)
        if cells is None:
            return Record(number, self._plain(line), "has stray quotes, or more cells than the header")
        return Record(number, [*cells, *[""] * (len(self.header) - len(cells))][: len(self.header)])

    def _readings(self, line: str) -> Iterator[list[str] | None]:
        """The readings of a line whose quotes are not in order, the likeliest first."""
        yield self._over_several_lines(line)
        yield self._lenient(line)
        yield self._plain(line)

    def _fits(self, cells: list[str]) -> bool:
        return not any(cell.strip() for cell in cells[len(self.header) :])

    def _over_several_lines(self, line: str) -> list[str] | None:
        """The row together with the lines after it that a quoted line break spans; they are put back if it does not."""
        taken: list[str] = []
        whole, number = line, self._number
        if not self._goes_on(line):
            return None
        while len(taken) < MOST_LINES and len(whole) < MOST_LINE and (following := self._line()) is not None:
            taken.append(following)
            whole += following
            if '"' not in following:
                continue
            cells = self._strict(whole)
            if cells is not None and len(cells) == len(self.header):
                return cells
            if not self._goes_on(whole):
                break
        self._waiting = taken + self._waiting
        self._number = number
        return None

    def _goes_on(self, text: str) -> bool:
        """Whether all that is wrong is that a quote is still open."""
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
        """The next line; of one that is too long only the beginning."""
        self._number += 1
        if self._waiting:
            return self._waiting.pop(0)
        line = self._text.readline(MOST_LINE)
        if len(line) >= MOST_LINE:
            while (more := self._text.readline(MOST_LINE)) and not more.endswith(("\n", "\r")):
                pass
        return line or None
