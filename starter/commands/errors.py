"""The errors that commands raise. `error_messages` turns every error into a line and an exit status."""

import re

FAILED = 1
USAGE_ERROR = 2

ADDRESS = re.compile(r"[^\s'\"<>]+@[^\s'\"<>]+")


class CommandError(Exception):
    """The command failed; the message is one line without personal data."""

    status = FAILED


class UsageError(CommandError):
    """The arguments of the command are invalid."""

    status = USAGE_ERROR


def without_addresses(text: str) -> str:
    """Return a text with every e-mail address masked: terminals show none in errors and reasons."""
    return ADDRESS.sub("…@…", text)
