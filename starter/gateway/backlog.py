"""How much waits in the inbox: past a limit the gateway takes nothing more in, so that what is there gets its turn."""

import asyncio
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox.relay import backlog
from starter.gateway.problems import unavailable

LOOK_EVERY_SECONDS = 1


class Backlog:
    """Counts what waits to be signalled or applied, at most once a second and no further than one past the limit."""

    def __init__(self, engine: AsyncEngine, limit: int) -> None:
        self._engine = engine
        self._limit = limit
        self._count = 0
        self._looked_at = -float("inf")
        self._looking = asyncio.Lock()

    async def count(self) -> int:
        """How many events wait; one more than the limit stands for any number above it."""
        async with self._looking:
            if monotonic() - self._looked_at > LOOK_EVERY_SECONDS:
                self._count = await backlog(self._engine, most=self._limit + 1)
                self._looked_at = monotonic()
        return self._count

    async def is_full(self) -> bool:
        """Whether more waits than may."""
        return await self.count() > self._limit

    async def has_room(self) -> None:
        """The check of a route that takes events in: passes, or raises `Problem` with 503."""
        if await self.is_full():
            raise unavailable("too many events wait already")
