"""The rate at which messages go to a provider: one row for all workers, by the database's clock, which they share."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_TAKE = text("""
    INSERT INTO sending_rates AS rate (provider, next_at, put_off_until)
    VALUES (:provider, clock_timestamp() + :interval, clock_timestamp())
    ON CONFLICT (provider) DO UPDATE SET next_at = greatest(rate.next_at, clock_timestamp()) + :interval
    WHERE rate.next_at <= clock_timestamp() + :near
    RETURNING next_at - :interval AS at, clock_timestamp() AS now
""")

# Deferred one after the other, they do not all return at once. No turn is reserved: they take one like others then.
_DEFER = text("""
    UPDATE sending_rates SET put_off_until = greatest(put_off_until, next_at, clock_timestamp()) + :interval
    WHERE provider = :provider
    RETURNING put_off_until - clock_timestamp() AS pause
""")


@dataclass(frozen=True)
class Turn:
    """A turn that was taken: when it is, and the time now."""

    at: datetime
    now: datetime

    @property
    def ahead(self) -> timedelta:
        """How long until the turn."""
        return max(self.at - self.now, timedelta())


async def take_turn(engine: AsyncEngine, provider: str, interval: timedelta, near: timedelta) -> Turn | None:
    """The next turn, an `interval` after the one before; None when it is not `near`, and then none is taken."""
    values = {"provider": provider, "interval": interval, "near": near}
    async with engine.connect() as connection:
        row = (await connection.execute(_TAKE, values)).one_or_none()
    return Turn(row.at, row.now) if row else None


async def defer(engine: AsyncEngine, provider: str, interval: timedelta) -> timedelta:
    """Return how long to wait before the next attempt, behind those that were deferred earlier."""
    async with engine.connect() as connection:
        pause: timedelta = (await connection.execute(_DEFER, {"provider": provider, "interval": interval})).scalar_one()
    return pause
