"""How far an import has come: on a terminal a bar with rate and time left, elsewhere nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

EVERY = 500
"""Rows between two looks at how far the file is read."""


class Advance:
    """One bar: told of every item that is done. It stands at the items done, or at the bytes read of a file."""

    def __init__(self, progress: Progress, what: str, total: int, items: str) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=total, items=items, count=0)
        self._count = 0
        self._position: Callable[[], int] | None = None

    def reads(self, position: Callable[[], int]) -> None:
        """The bar follows this position in a file."""
        self._position = position

    def row(self) -> None:
        """One more is done."""
        self._count += 1
        if self._position is None:
            self._progress.update(self._task, completed=self._count, count=self._count)
        elif self._count % EVERY == 0:
            self._progress.update(self._task, completed=self._position(), count=self._count)

    def finished(self) -> None:
        """Nothing is left."""
        total = self._progress.tasks[self._task].total
        self._progress.update(self._task, completed=total, count=self._count)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        count, elapsed = task.fields["count"], task.elapsed or 0
        rate = f"{count / elapsed:,.0f}" if elapsed else "?"
        return Text(f"{count:,} {task.fields['items']}, {rate}/s")


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Bars on standard error, if that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield progress
