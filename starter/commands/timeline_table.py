"""A customer's timeline as a table."""

from collections.abc import Iterable

from rich.table import Table

from operations.customers.timeline import TimelineEntry
from starter.commands.output import table


def timeline_table(title: str | None, entries: Iterable[TimelineEntry]) -> Table:
    """Date, event, state and message, oldest first; times are UTC."""
    rows = ((entry.at, entry.event, entry.state, entry.message) for entry in entries)
    return table(title, ("Date (UTC)", "Event", "State", "Message"), rows)
