"""Limits the rate of messages to one provider, for all workers together.

The turns are stored in PostgreSQL. Temporal's own rate limit of a task queue would also slow down attempts that send
nothing, would need a task queue per provider, and counts attempts, not sends: most attempts of a deferred message end
before there is anything to submit.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from math import ceil

from sqlalchemy.ext.asyncio import AsyncEngine

from db.messages.sending_rates import defer, take_turn

MAX_WAIT = timedelta(seconds=3)
"""The longest wait for a turn inside the activity: a longer one would occupy one of the worker's slots."""


class RateLimit:
    """At most `per_second` messages to a provider, evenly spaced. `sleep` waits for that many seconds."""

    def __init__(
        self,
        engine: AsyncEngine,
        provider: str,
        per_second: float,
        *,
        max_wait: timedelta = MAX_WAIT,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.interval = timedelta(microseconds=ceil(1_000_000 / per_second))
        self._engine = engine
        self._provider = provider
        self._max_wait = max_wait
        self._sleep = sleep

    async def wait(self) -> timedelta | None:
        """Wait for a turn and return None; if the next turn is too far, return the time after which to try again."""
        turn = await take_turn(self._engine, self._provider, self.interval, self._max_wait)
        if turn is None:
            return await defer(self._engine, self._provider, self.interval)
        await self._sleep(turn.ahead.total_seconds())
        return None
