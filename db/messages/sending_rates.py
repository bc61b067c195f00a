"""Turns at a provider, one row for all workers. All times are the database's: it is the one clock they share."""

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

# Put off behind each other, they do not come again all at once. Nothing is promised: they take a turn then like others.
_PUT_OFF = text("""
    UPDATE sending_rates SET put_off_until = greatest(put_off_until, next_at, clock_timestamp()) + :interval
    WHERE provider = :provider
    RETURNING put_off_until - clock_timestamp() AS pause
""")


@dataclass(frozen=True)
class Turn:
    """A turn that was taken: when it is, and what time it is now."""

    at: datetime
    now: datetime

    @property
    def ahead(self) -> timedelta:
        """How long it is until then."""
        return max(self.at - self.now, timedelta())


async def take_turn(engine: AsyncEngine, provider: str, interval: timedelta, near: timedelta) -> Turn | None:
    """The next turn, an `interval` after the one before; None when it is not `near`, and then none is taken."""
    values = {"provider": provider, "interval": interval, "near": near}
    async with engine.connect() as connection:
        row = (await connection.execute(_TAKE, values)).one_or_none()
    return Turn(row.at, row.now) if row else None


async def put_off(engine: AsyncEngine, provider: str, interval: timedelta) -> timedelta:
    """How long to wait before asking again, behind those who were told so before."""
    async with engine.connect() as connection:
        pause: timedelta = (
            await connection.execute(_PUT_OFF, {"provider": provider, "interval": interval})
        ).scalar_one()
    return pause
