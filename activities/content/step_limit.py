"""Limits the number of steps of one rendering of a template, including its loops and filters."""

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jinja2.exceptions import SecurityError

MAX_STEPS = 100_000
"""About 0.2 s. The confirmation of a long order takes 2 % of it."""
CHARACTERS_PER_STEP = 20

_left: ContextVar[list[int] | None] = ContextVar("steps_left", default=None)


@contextmanager
def step_limit() -> Iterator[None]:
    """Count and limit the steps of what is rendered inside the context."""
    token = _left.set([MAX_STEPS])
    try:
        yield
    finally:
        _left.reset(token)


def spend_steps(steps: int) -> None:
    """Spend steps of the current limit. Raises `SecurityError` when none are left."""
    left = _left.get()
    if left is None:
        return
    left[0] -= steps
    if left[0] < 0:
        raise SecurityError("takes too long: use fewer or shorter loops")


def counted(values: Iterable[Any], steps: int) -> Iterator[Any]:
    """The same values; each costs `steps`, the number of nodes in the loop's body."""
    for value in values:
        spend_steps(steps)
        yield value


def counted_filter(run: Callable[..., Any]) -> Callable[..., Any]:
    """The same filter; a call costs steps in proportion to its input."""

    @functools.wraps(run)
    def counting(*args: Any, **kwargs: Any) -> Any:
        spend_steps(1 + sum(_length(value) for value in args))
        return run(*args, **kwargs)

    return counting


def _length(value: object) -> int:
    if isinstance(value, str):
        return len(value) // CHARACTERS_PER_STEP
    return len(value) if isinstance(value, list | tuple | dict | range) else 0
