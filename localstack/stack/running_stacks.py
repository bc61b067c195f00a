"""The registry in which a command finds a stack that runs in another terminal."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from localstack.servers.file_lock import try_lock
from localstack.stack.stack_secrets import write_private

ANNOUNCEMENT = "stack.json"
LOCK = "stack.lock"
"""Held by a stack for as long as it runs, however it ends."""


@contextmanager
def announce(directory: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """While the block runs, store a stack's `variables` in its `directory`, readable by the owner only."""
    file = directory / ANNOUNCEMENT
    write_private(file, json.dumps(variables))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def running_stack(data_directory: Path) -> dict[str, str] | None:
    """The variables of the stack that runs in a data directory; None when there is none.

    The stack of `retention dev` uses the data directory itself and comes first. Others, such as demos, use directories
    two levels below; the newest of these is returned.
    """
    below = sorted(data_directory.glob(f"*/*/{ANNOUNCEMENT}"), key=_started_at, reverse=True)
    for file in (data_directory / ANNOUNCEMENT, *below):
        if (variables := _read(file)) is not None:
            return variables
    return None


def _read(file: Path) -> dict[str, str] | None:
    """The variables of a running stack; None after its end, even by a crash."""
    if not file.exists():
        return None
    if lock := try_lock(file.with_name(LOCK)):
        lock.close()
        return None
    variables: dict[str, str] = json.loads(file.read_text())
    return variables


def _started_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # it has just ended
        return 0
