"""The progress of an import as bars on a terminal, with rate and remaining time."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from operations.importing.progress import ImportProgress, ProgressTask


class ProgressBar:
    """The bar of one part of an import."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def update(self, completed: int, count: int) -> None:
        """Draw the bar up to `completed`, with the rate of `count`."""
        self._progress.update(self._task, completed=completed, count=count)


class ProgressBars:
    """One bar for each part of an import."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def start(self, part: str, total: int, items: str) -> ProgressTask:
        """Add a bar."""
        return ProgressBar(self._progress, self._progress.add_task(part, total=total, items=items, count=0))


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        count, elapsed = task.fields["count"], task.elapsed or 0
        rate = f"{count / elapsed:,.0f}" if elapsed else "?"
        return Text(f"{count:,} {task.fields['items']}, {rate}/s")


@contextmanager
def progress_bars() -> Iterator[ImportProgress]:
    """Bars on standard error, if that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield ProgressBars(progress)
