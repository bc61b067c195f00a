"""Writes a file atomically, so that a reader of its directory never sees half a message."""

from pathlib import Path


def write_once(file: Path, content: bytes) -> None:
    """Write a file, and create its directory if needed. An existing file stays as it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():
        return
    unfinished = file.with_suffix(".part")
    unfinished.write_bytes(content)
    unfinished.rename(file)
