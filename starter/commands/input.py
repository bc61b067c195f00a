"""What commands read from the user: times and statuses in options, and confirmations."""

import sys
from datetime import UTC, datetime

import typer

from setting_types import split_words
from starter.commands.errors import CommandError, UsageError


def parse_time(option: str, text: str) -> datetime:
    """Return a date or time as UTC; without a zone it is in UTC. Raises `UsageError`, which names the `option`."""
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{option}: must be a date or a time, such as 2026-11-22 or 2026-11-22T03:00Z") from None


def parse_statuses(text: str) -> tuple[str, ...]:
    """Return the statuses of a comma-separated option, in upper case."""
    return split_words(text.upper())


def confirm(question: str, *, if_not: str) -> None:
    """Ask a question. Raises `CommandError` with the text `if_not` for no, and `UsageError` without a terminal."""
    if not sys.stdin.isatty():
        raise UsageError("--yes: is required when standard input is not a terminal")
    if not typer.confirm(question):
        raise CommandError(if_not)
