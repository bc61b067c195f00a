"""What commands print: tables for people, plain JSON for programs."""

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
"""Columns where no terminal says how many there are."""


def print_json(value: Any) -> None:
    """One JSON document on standard output; money as strings, times in ISO 8601."""
    sys.stdout.buffer.write(to_json(value, indent=2) + b"\n")
    sys.stdout.flush()


def console() -> Console:
    """Standard output for people."""
    return Console(width=_width(), highlight=False, soft_wrap=False)


def say(*parts: object) -> None:
    """One line for people; nothing in it is taken for markup."""
    Console(highlight=False, soft_wrap=True).print(Text(" ".join(str(part) for part in parts)))


def table(title: str | None, columns: Iterable[str], rows: Iterable[Iterable[object]], *, lines: bool = False) -> Table:
    """A table of plain text, in which nothing is cut: ids are there to be copied. None is an empty cell.

    `lines` are drawn between rows whose cells have several lines.
    """
    folding = (Column(name, overflow="fold") for name in columns)
    made = Table(*folding, title=title, title_justify="left", header_style="bold", show_lines=lines)
    for row in rows:
        made.add_row(*(cell(value) for value in row))
    return made


def fields(rows: Iterable[tuple[str, object]]) -> Table:
    """Names and values, one pair a line."""
    made = Table.grid(Column(), Column(overflow="fold"), padding=(0, 2))
    for name, value in rows:
        made.add_row(Text(name, style="bold"), cell(value))
    return made


def cell(value: object) -> Text:
    """A value as people read it; what came from outside stays text."""
    if isinstance(value, Text):
        return value
    if isinstance(value, datetime):
        return Text(moment(value))
    return Text("" if value is None else str(value))


def moment(at: datetime) -> str:
    """A time in UTC, to the minute."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def consent(given: bool | None) -> str:
    """A consent in words."""
    return {True: "given", False: "withdrawn", None: "never asked"}[given]


def _width() -> int | None:
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size().columns
    return WIDE
