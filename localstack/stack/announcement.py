"""How a command in another terminal finds the stack that is running."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from localstack.servers.file_lock import try_lock


@contextmanager
def announce(directory: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """Keep `variables` in `directory`, readable by their owner only, while the block runs."""
    file = directory / "stack.json"
    # Renamed when complete: another terminal may look at any moment.
    unfinished = directory / "stack.json.new"
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        json.dump(variables, output)
    unfinished.rename(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def running_stack(directory: Path) -> dict[str, str] | None:
    """The variables that lead to the stack running in `directory`; None where none runs, even after a crash."""
    file = directory / "stack.json"
    if not file.exists():
        return None
    if lock := try_lock(directory / "stack.lock"):
        lock.close()
        return None
    variables: dict[str, str] = json.loads(file.read_text())
    return variables
