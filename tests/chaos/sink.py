"""A provider that counts: what the proof of sending asks of one."""

from types import TracebackType
from typing import Any, Protocol, Self

from tests.chaos.arrivals import Arrivals
from tests.chaos.fates import Fates


class Sink(Protocol):
    """`async with` starts it. `settings` lead workers to it; with `honours_keys` it is idempotent.

    `asked_again` counts requests for what had arrived before.
    """

    name: str
    honours_keys: bool
    arrivals: Arrivals
    fates: Fates
    asked_again: int

    @property
    def settings(self) -> dict[str, Any]:
        """Values for `Settings`."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
