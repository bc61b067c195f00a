"""Where a demo keeps its servers' files, its logs and its mails: a fresh directory for each."""

import shutil
from pathlib import Path

from localstack.servers.file_lock import try_lock
from localstack.stack.announcement import running_stack

DEMOS = "demo"
"""Where in the data directory all of them are."""

KEPT = 3
"""Finished demos whose mails can still be read. Each takes about 40 MB."""


def fresh_directory(base: Path) -> Path:
    """A new directory in `base`, numbered; the oldest ones, unless a demo is still running there, are deleted."""
    base.mkdir(parents=True, exist_ok=True)
    numbers = sorted(int(path.name) for path in base.iterdir() if path.name.isdigit())
    for number in numbers[:-KEPT]:
        _forget(base / str(number))
    number = numbers[-1] if numbers else 0
    while True:
        number += 1
        try:
            (base / str(number)).mkdir()
        except FileExistsError:  # another demo, started at the same moment
            continue
        return base / str(number)


def running_demo(base: Path) -> dict[str, str] | None:
    """The variables that lead to the demo running in `base`; None where none does, or several do."""
    found = [variables for path in base.glob("[0-9]*") if (variables := running_stack(path)) is not None]
    return found[0] if len(found) == 1 else None


def _forget(directory: Path) -> None:
    try:
        lock = try_lock(directory / "stack.lock")
    except FileNotFoundError:  # another demo is deleting it
        return
    if lock is not None:
        shutil.rmtree(directory, ignore_errors=True)
        lock.close()
