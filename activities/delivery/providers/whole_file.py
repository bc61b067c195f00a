"""A file that is there whole or not at all: whoever watches its directory never reads half a message."""

from pathlib import Path


def write_once(file: Path, content: bytes) -> None:
    """Write a file, and its directory if need be. One that is there already stays as it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():
        return
    unfinished = file.with_suffix(".part")
    unfinished.write_bytes(content)
    unfinished.rename(file)
