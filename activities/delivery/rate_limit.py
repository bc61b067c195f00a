"""How fast a provider is handed messages, by all workers together.

The turns are in PostgreSQL. Temporal's own limit on a task queue would slow down what sends nothing, would need a queue
for each provider, and counts attempts, not sends: most attempts of a postponed message end before there is anything to
hand over.
"""

from asyncio import sleep
from datetime import timedelta
from math import ceil

from sqlalchemy.ext.asyncio import AsyncEngine

from db.messages.sending_rates import put_off, take_turn

NEAR = timedelta(seconds=3)
"""A turn within this is waited for; a longer wait would keep a place of the worker's that others could use."""


class RateLimit:
    """At most `per_second` messages to a provider, evenly spaced."""

    def __init__(self, engine: AsyncEngine, provider: str, per_second: float) -> None:
        self._engine = engine
        self._provider = provider
        self._interval = timedelta(microseconds=ceil(1_000_000 / per_second))

    async def wait(self) -> timedelta | None:
        """Wait for a turn and give None; or, when many are before us, the time after which to ask again."""
        turn = await take_turn(self._engine, self._provider, self._interval, NEAR)
        if turn is None:
            return await put_off(self._engine, self._provider, self._interval)
        await sleep(turn.ahead.total_seconds())
        return None
