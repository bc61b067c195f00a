"""Regular work on the inbox: waiting rows find their customer or end, and old bodies are deleted."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox import relay

CARTS_WAIT = timedelta(days=7)
OTHERS_WAIT = timedelta(days=30)
ADOPT_EVERY_SECONDS = 10
JUST_NOW = timedelta(hours=1)
TIDY_EVERY_SECONDS = 600
MOST_DELETED = 5_000
"""Rows of one statement, so that it ends within its time-out."""


class Housekeeping:
    """Does what is due whenever it is called. Several processes may do it at the same time."""

    def __init__(self, engine: AsyncEngine, keep_bodies: timedelta, most_at_once: int = MOST_DELETED) -> None:
        self._engine = engine
        self._keep_bodies = keep_bodies
        self._most_at_once = most_at_once
        self._adopt_at = self._tidy_at = float("-inf")

    async def do_what_is_due(self, seconds: float) -> None:
        """Do what is due at `seconds` of the monotonic clock. After a failure it is due at its next regular time."""
        if seconds >= self._adopt_at:
            self._adopt_at = seconds + ADOPT_EVERY_SECONDS
            await relay.adopt(self._engine, within=JUST_NOW)
        if seconds >= self._tidy_at:
            self._tidy_at = seconds + TIDY_EVERY_SECONDS
            await self.tidy()

    async def tidy(self) -> None:
        """End waits that are over, and delete bodies that are older than they are stored."""
        await relay.adopt(self._engine)
        await relay.expire(self._engine, carts=CARTS_WAIT, others=OTHERS_WAIT)
        most, age = self._most_at_once, self._keep_bodies
        while await relay.forget_bodies(self._engine, age=age, most=most) == most:
            pass
        await relay.forget_carts(self._engine, age=self._keep_bodies)
