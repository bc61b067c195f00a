"""Generated secrets of a stack, stored beside its other files."""

import os
from collections.abc import Callable
from pathlib import Path


def stored_secret(file: Path, generate: Callable[[], str]) -> str:
    """The secret in `file`, which is generated at the first call and readable by its owner only."""
    if not file.exists():
        # Renamed when complete, so that a crash leaves no half-written secret.
        unfinished = file.with_name(f"{file.name}.new")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
            output.write(generate())
        unfinished.rename(file)
    return file.read_text()
