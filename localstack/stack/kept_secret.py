"""Secrets that nobody set: made once, and kept beside a stack's other files."""

import os
from collections.abc import Callable
from pathlib import Path


def kept_secret(file: Path, make: Callable[[], str]) -> str:
    """What stands in `file`; at the first call `make` says it, and only its owner may read the file."""
    if not file.exists():
        # Renamed when complete, so that a crash leaves no half a secret.
        unfinished = file.with_name(f"{file.name}.new")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
            output.write(make())
        unfinished.rename(file)
    return file.read_text()
