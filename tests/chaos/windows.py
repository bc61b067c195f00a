"""The moments of a message's life at which a worker may end, and what each leaves behind."""

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class Window(StrEnum):
    """From the last question before a send to the mark after it. `BEFORE_ANSWER`: the provider has the message."""

    BEFORE_CLAIM = "before the claim"
    AFTER_CLAIM = "after the claim"
    BEFORE_ANSWER = "awaiting the answer"
    AFTER_ANSWER = "after the answer"
    AFTER_MARK = "after the mark"


@dataclass(frozen=True)
class Doom:
    """When a worker ends: as the `nth` message of a `purpose` passes through a window."""

    purpose: str
    window: Window
    nth: int


@dataclass(frozen=True)
class Death:
    """How a worker ended, in its own last words; until then the message had `arrived` so often."""

    purpose: str
    window: str
    message_key: str
    arrived: int


def note(file: Path, death: Death) -> None:
    """Add a line to `file` at once: the kernel keeps it whatever becomes of its writer."""
    line = json.dumps(asdict(death)) + "\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, line.encode())
    os.close(descriptor)


def deaths(file: Path) -> list[Death]:
    """All deaths noted so far."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [Death(**json.loads(line)) for line in lines]
