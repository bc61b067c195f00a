"""The number of waiting events. Beyond INBOX_LIMIT the gateway accepts no more until the relay has caught up."""

import asyncio
from collections.abc import Callable
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox.relay import backlog
from starter.gateway.problems import unavailable

REFRESH_SECONDS = 1


class Backlog:
    """Counts the events to be signalled or applied, at most once a second and up to one more than the limit."""

    def __init__(self, engine: AsyncEngine, limit: int, clock: Callable[[], float] = monotonic) -> None:
        self._engine = engine
        self._limit = limit
        self._clock = clock
        self._count = 0
        self._counted_at = -float("inf")
        self._counting = asyncio.Lock()

    async def count(self) -> int:
        """The number of waiting events; one more than the limit means any number above it."""
        async with self._counting:
            if self._clock() - self._counted_at > REFRESH_SECONDS:
                self._count = await backlog(self._engine, most=self._limit + 1)
                self._counted_at = self._clock()
        return self._count

    async def is_full(self) -> bool:
        """Whether more events wait than the limit allows."""
        return await self.count() > self._limit

    async def require_room(self) -> None:
        """The check of a route that accepts events. Raises `Problem` with 503 when the inbox is full."""
        if await self.is_full():
            raise unavailable("too many events are waiting")
