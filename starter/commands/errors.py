"""The errors of commands themselves. What any other error says and costs is in `error_messages`."""

import re

FAILED = 1
USAGE_ERROR = 2

ADDRESS = re.compile(r"[^\s'\"<>]+@[^\s'\"<>]+")
"""An e-mail address, which no line on a terminal shows."""


class CommandError(Exception):
    """The command failed; the message is one line without personal data."""

    status = FAILED


class UsageError(CommandError):
    """The arguments of the command are invalid."""

    status = USAGE_ERROR
