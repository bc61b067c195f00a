"""Say in plain words what pydantic finds wrong with a field."""

import re

from pydantic_core import ErrorDetails

_REASONS = {
    "missing": "is missing",
    "timezone_aware": "must have a time zone, such as 2026-11-22T10:15:00Z",
}
"""Reasons by the kind of problem; every other reason comes from pydantic's message."""


def plain_reason(problem: ErrorDetails) -> str:
    """Return the reason of one problem, as it follows the field's name: `must be greater than or equal to 0`."""
    message = problem["msg"].removeprefix("Value error, ")
    return _REASONS.get(problem["type"]) or re.sub(r"^\w+ should ", "must ", message)
