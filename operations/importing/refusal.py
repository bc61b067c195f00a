"""Errors of an import: one row, or the whole file."""

from operations.access.errors import InvalidInput


class RowRefused(ValueError):
    """A row, or a value in it, cannot be used. The text is the reason, without personal data."""


class InvalidFile(InvalidInput):
    """The whole file cannot be imported as requested. `field` is `file`, `refused`, `encoding`, `map` or `map_file`."""
