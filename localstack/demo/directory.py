"""The directory of a demo: a new one for each, with its servers' files, logs and mails."""

import shutil
from pathlib import Path

from localstack.servers.file_lock import try_lock
from localstack.stack.running_stacks import LOCK

DEMOS = "demo"
"""The folder of all demos in the data directory."""

KEPT_DEMOS = 3
"""The number of finished demos whose mails can still be read. Each takes about 40 MB."""


def fresh_directory(base: Path) -> Path:
    """Create the next numbered directory in `base`, and delete the oldest ones in which no demo runs."""
    base.mkdir(parents=True, exist_ok=True)
    numbers = sorted(int(path.name) for path in base.iterdir() if path.name.isdigit())
    for number in numbers[:-KEPT_DEMOS]:
        _delete_unless_running(base / str(number))
    number = numbers[-1] if numbers else 0
    while True:
        number += 1
        try:
            (base / str(number)).mkdir()
        except FileExistsError:  # another demo, started at the same moment
            continue
        return base / str(number)


def _delete_unless_running(directory: Path) -> None:
    try:
        lock = try_lock(directory / LOCK)
    except FileNotFoundError:  # another demo is deleting it
        return
    if lock is not None:
        shutil.rmtree(directory, ignore_errors=True)
        lock.close()
