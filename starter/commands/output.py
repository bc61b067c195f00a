"""What commands print: tables for people, JSON for programs."""

import os
import shutil
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pydantic_core import to_json
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

WIDE = 160
"""Columns of output that is not a terminal."""


def print_json(value: Any) -> None:
    """Print one JSON document to standard output; money as strings, times in ISO 8601."""
    sys.stdout.buffer.write(to_json(value, indent=2) + b"\n")
    sys.stdout.flush()


def console() -> Console:
    """Return standard output for people."""
    return Console(width=_width(), highlight=False, soft_wrap=False)


def say(*parts: object) -> None:
    """Print one line for people; nothing in it is read as markup."""
    Console(highlight=False, soft_wrap=True).print(Text(" ".join(str(part) for part in parts)))


def table(title: str | None, columns: Iterable[str], rows: Iterable[Iterable[object]], *, lines: bool = False) -> Table:
    """Return a table of plain text. No cell is cut, so ids can be copied. None is an empty cell.

    `lines` are drawn between rows whose cells have several lines.
    """
    folding = (Column(name, overflow="fold") for name in columns)
    result = Table(*folding, title=title, title_justify="left", header_style="bold", show_lines=lines)
    for row in rows:
        result.add_row(*(cell(value) for value in row))
    return result


def fields(rows: Iterable[tuple[str, object]]) -> Table:
    """Return names and values, one pair per line."""
    result = Table.grid(Column(), Column(overflow="fold"), padding=(0, 2))
    for name, value in rows:
        result.add_row(Text(name, style="bold"), cell(value))
    return result


def cell(value: object) -> Text:
    """Return a value as text, without reading it as markup."""
    if isinstance(value, Text):
        return value
    if isinstance(value, datetime):
        return Text(moment(value))
    return Text("" if value is None else str(value))


def moment(at: datetime) -> str:
    """Format a time in UTC, to the minute."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def consent(given: bool | None) -> str:
    """Say a consent in words."""
    return {True: "given", False: "withdrawn", None: "never asked"}[given]


def _width() -> int | None:
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size().columns
    return WIDE
