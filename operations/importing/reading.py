"""From the bytes of a file to lines on the stage."""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TypeVar

from operations.importing.columns import Columns
from operations.importing.progress import Advance
from operations.importing.records import Record, Records
from operations.importing.refusal import Refused, WrongFile
from operations.importing.stage import Line, Stage

_UNDECODED = re.compile("[\ud800-\udfff]")
BUFFER = 1 << 20
SAMPLE = 4096
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Read = TypeVar("Read")


@contextmanager
def opened(path: Path, encoding: str, advance: Advance) -> Iterator[Records]:
    """The rows of a file; `advance` is told of the bytes that were read. Raises `WrongFile`."""
    try:
        "".encode(encoding)  # Python knows encodings by name that are not of text, too
    except (LookupError, UnicodeError):
        raise WrongFile("--encoding: is unknown; try utf-8 or cp1252") from None
    with path.open("rb", buffering=BUFFER) as binary:
        _check_text(binary.read(SAMPLE), encoding)
        binary.seek(0)
        # An UTF-8 file from a spreadsheet begins with a mark that is no part of its first name.
        known = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
        text = TextIOWrapper(binary, encoding=known, errors="surrogateescape", newline="")
        try:
            records = Records(text)
            advance.reads(binary.tell)
            yield records
        except UnicodeError:
            raise WrongFile(f"FILE is not in {encoding}: say which by --encoding") from None


def read_rows(
    records: Records, columns: Columns, read: Callable[[int, Mapping[str, str]], Read]
) -> Iterator[tuple[Record, Mapping[str, str], Read | str]]:
    """Every row with its fields, and the line in it or the reason why there is none."""
    for record in records:
        try:
            problem = record.problem or _undecoded(record)
            fields = columns.read(record.cells) if record.problem is None else {}
            yield record, fields, problem or read(record.number, fields)
        except Refused as reason:
            yield record, fields, str(reason)


def stage_rows(
    stage: Stage[Line], rows: Iterator[tuple[Record, Mapping[str, str], Line | str]], advance: Advance
) -> int:
    """Put all rows on the stage; returns how many there are."""
    count = 0
    for record, fields, line in rows:
        # What no order holds together stands alone, under a name that no order has.
        whole = fields.get("order_id", "").encode(errors="backslashreplace").decode() or f"\0{record.number}"
        if isinstance(line, str):
            stage.add_refused(record, whole, line)
        else:
            stage.add(record, whole, line)
        count += 1
        advance.row()
    stage.sort()
    return count


def _check_text(beginning: bytes, encoding: str) -> None:
    """Spreadsheets also write UTF-16, and are themselves no text at all. Raises `WrongFile` for both."""
    if codecs.lookup(encoding).name.startswith(("utf-16", "utf-32")):
        return
    if beginning.startswith(WIDE_MARKS):
        raise WrongFile("FILE is in UTF-16: import it with --encoding utf-16")
    if b"\0" in beginning.partition(b"\n")[0]:
        raise WrongFile("FILE is no text: save a spreadsheet as CSV in UTF-8 first")


def _undecoded(record: Record) -> str | None:
    if any(_UNDECODED.search(cell) for cell in record.cells):
        return "is not text in this encoding; another one can be given by --encoding"
    return None
