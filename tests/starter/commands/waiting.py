"""Waiting for what a worker does in its own time."""

import time
from collections.abc import Callable
from typing import Any

from tests.fixtures.stack import Answer


def eventually(ask: Callable[[], Answer], enough: Callable[[Any], bool]) -> Any:
    """The command's answer once it is enough, or the last one."""
    for _ in range(120):
        answer = ask().json
        if enough(answer):
            break
        time.sleep(0.5)
    return answer
