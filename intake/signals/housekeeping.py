"""What the inbox needs now and then: waiting rows find their customer or end, and old bodies are forgotten."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox import relay

CARTS_WAIT = timedelta(days=7)
OTHERS_WAIT = timedelta(days=30)
ADOPT_EVERY_SECONDS = 10
JUST_NOW = timedelta(hours=1)
TIDY_EVERY_SECONDS = 600
MOST_FORGOTTEN = 5_000
"""Rows of one statement, which has to end within its time-out."""


class Housekeeping:
    """Does what is due whenever it is asked; several may do it side by side."""

    def __init__(self, engine: AsyncEngine, keep_bodies: timedelta) -> None:
        self._engine = engine
        self._keep_bodies = keep_bodies
        self._adopt_at = self._tidy_at = float("-inf")

    async def do_what_is_due(self, seconds: float) -> None:
        """`seconds` is a clock that only goes forward. What fails is not due again before its time."""
        if seconds >= self._adopt_at:
            self._adopt_at = seconds + ADOPT_EVERY_SECONDS
            await relay.adopt(self._engine, within=JUST_NOW)
        if seconds >= self._tidy_at:
            self._tidy_at = seconds + TIDY_EVERY_SECONDS
            await self.tidy()

    async def tidy(self) -> None:
        """End waits that are over, and forget what is older than bodies are kept."""
        await relay.adopt(self._engine)
        await relay.expire(self._engine, carts=CARTS_WAIT, others=OTHERS_WAIT)
        while await relay.forget_bodies(self._engine, age=self._keep_bodies, most=MOST_FORGOTTEN) == MOST_FORGOTTEN:
            pass
        await relay.forget_carts(self._engine, age=self._keep_bodies)
