"""The pace of a template: how many steps one rendering may take, whatever its loops and filters do."""

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jinja2.exceptions import SecurityError

MOST_STEPS = 100_000
"""About a fifth of a second. The confirmation of a long order takes a fiftieth of them."""
CHARACTERS_PER_STEP = 20

_left: ContextVar[list[int] | None] = ContextVar("steps_left", default=None)


@contextmanager
def limited() -> Iterator[None]:
    """Count the steps of what is rendered within."""
    token = _left.set([MOST_STEPS])
    try:
        yield
    finally:
        _left.reset(token)


def spend(steps: int) -> None:
    """Take steps from what is left. Raises `SecurityError` when there are none."""
    left = _left.get()
    if left is None:
        return
    left[0] -= steps
    if left[0] < 0:
        raise SecurityError("takes too long: fewer loops, or shorter ones")


def paced(values: Iterable[Any], steps: int) -> Iterator[Any]:
    """The same values; each costs as many steps as the body of its loop has parts."""
    for value in values:
        spend(steps)
        yield value


def paced_filter(run: Callable[..., Any]) -> Callable[..., Any]:
    """The same filter; it costs more, the longer what is put into it."""

    @functools.wraps(run)
    def counting(*given: Any, **named: Any) -> Any:
        spend(1 + sum(_length(value) for value in given))
        return run(*given, **named)

    return counting


def _length(value: object) -> int:
    if isinstance(value, str):
        return len(value) // CHARACTERS_PER_STEP
    return len(value) if isinstance(value, list | tuple | dict | range) else 0
