"""The progress of an import, reported to a bar on a terminal, a page, or nothing."""

from collections.abc import Callable
from typing import Protocol

EVERY = 500
"""Rows between two reads of the position in a file."""


class ProgressTask(Protocol):
    """One running part of an import."""

    def update(self, completed: int, count: int) -> None:
        """Report `completed` of the part's total, and the `count` of items so far."""


class ImportProgress(Protocol):
    """Shows the progress of an import."""

    def start(self, part: str, total: int, items: str) -> ProgressTask:
        """Begin a part with a total of bytes or of `items`, such as rows or customers."""


class ProgressCounter:
    """Counts the items of one part, and reports the items done, or the bytes of a file that have been read."""

    def __init__(self, progress: ImportProgress, part: str, total: int, items: str) -> None:
        self._task = progress.start(part, total, items)
        self._total = total
        self._count = 0
        self._position: Callable[[], int] | None = None

    def follow(self, position: Callable[[], int]) -> None:
        """Report this position in a file from now on, instead of the items done."""
        self._position = position

    def add(self) -> None:
        """Count one more item."""
        self._count += 1
        if self._position is None:
            self._task.update(self._count, self._count)
        elif self._count % EVERY == 0:
            self._task.update(self._position(), self._count)

    def finish(self) -> None:
        """Report the total."""
        self._task.update(self._total, self._count)
