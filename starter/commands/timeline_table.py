"""A customer's story as a table."""

from rich.table import Table

from db.customers.records import CustomerRecord
from operations.customers.story import moments
from starter.commands.output import table


def timeline_table(title: str | None, story: CustomerRecord) -> Table:
    """Date, event, state and message, oldest first; times are UTC."""
    rows = [(one.at, one.event, one.state, one.message) for one in moments(story)]
    return table(title, ("Date (UTC)", "Event", "State", "Message"), rows)
