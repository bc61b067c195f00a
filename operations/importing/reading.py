"""Reads the rows of a file and stages them."""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TypeVar

from operations.importing.columns import Columns
from operations.importing.csv_rows import CsvRow, CsvRows
from operations.importing.progress import ProgressCounter
from operations.importing.refusal import InvalidFile, RowRefused
from operations.importing.stage import Line, RowStage

_UNDECODED = re.compile("[\ud800-\udfff]")
BUFFER = 1 << 20
SAMPLE = 4096
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Read = TypeVar("Read")


def check_paths(file: Path, refused: Path) -> None:
    """Check the paths of an import before anything is written. Raises `InvalidFile`."""
    if not file.is_file():
        raise InvalidFile(f"{file} is not a file", field="file")
    if refused.resolve() == file.resolve():
        raise InvalidFile("is the imported file itself", field="refused")


@contextmanager
def open_rows(path: Path, encoding: str, counter: ProgressCounter) -> Iterator[CsvRows]:
    """Open a file's rows; `counter` follows the bytes that are read. Raises `InvalidFile`."""
    try:
        "".encode(encoding)  # Python has encodings that are not of text, too
    except (LookupError, UnicodeError):
        raise InvalidFile("is unknown; try utf-8 or cp1252", field="encoding") from None
    with path.open("rb", buffering=BUFFER) as binary:
        _check_text(binary.read(SAMPLE), encoding)
        binary.seek(0)
        # A UTF-8 file from a spreadsheet begins with a byte order mark.
        known = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
        text = TextIOWrapper(binary, encoding=known, errors="surrogateescape", newline="")
        try:
            rows = CsvRows(text)
            counter.follow(binary.tell)
            yield rows
        except UnicodeError:
            raise InvalidFile(f"is not in {encoding}: choose another encoding", field="file") from None


def read_rows(
    rows: CsvRows, columns: Columns, read: Callable[[int, Mapping[str, str]], Read]
) -> Iterator[tuple[CsvRow, Mapping[str, str], Read | str]]:
    """Every row with its fields, and the parsed line or the reason why it cannot be used."""
    for row in rows:
        try:
            problem = row.problem or _undecoded(row)
            fields = columns.read(row.cells) if row.problem is None else {}
            yield row, fields, problem or read(row.number, fields)
        except RowRefused as reason:
            yield row, fields, str(reason)


def stage_rows(
    stage: RowStage[Line], rows: Iterator[tuple[CsvRow, Mapping[str, str], Line | str]], counter: ProgressCounter
) -> int:
    """Stage all rows and return their number."""
    count = 0
    for row, fields, line in rows:
        # A row without an order is its own group, under a name that no order can have.
        group = fields.get("order_id", "").encode(errors="backslashreplace").decode() or f"\0{row.number}"
        if isinstance(line, str):
            stage.add_refused(row, group, line)
        else:
            stage.add(row, group, line)
        count += 1
        counter.add()
    stage.sort()
    return count


def _check_text(beginning: bytes, encoding: str) -> None:
    """Raise `InvalidFile` for a spreadsheet's own format, and for UTF-16 that was not announced."""
    if codecs.lookup(encoding).name.startswith(("utf-16", "utf-32")):
        return
    if beginning.startswith(WIDE_MARKS):
        raise InvalidFile("is in UTF-16: import it with the encoding utf-16", field="file")
    if b"\0" in beginning.partition(b"\n")[0]:
        raise InvalidFile("is not a text file: save a spreadsheet as CSV in UTF-8 first", field="file")


def _undecoded(row: CsvRow) -> str | None:
    if any(_UNDECODED.search(cell) for cell in row.cells):
        return "is not text in this encoding; try another one"
    return None
