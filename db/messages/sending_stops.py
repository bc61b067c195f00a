"""Stops of all sending. A stop lasts until an operator ends it, and every message is checked against it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from lifecycle.gate import Stopped

# A repeated stop keeps its time, and its reason unless another is given.
_STOP = text("""
    INSERT INTO sending_stops AS known (scope, reason, stopped_at) VALUES (:scope, :reason, :now)
    ON CONFLICT (scope) DO UPDATE SET reason = coalesce(excluded.reason, known.reason)
""")

_START = text("DELETE FROM sending_stops")

_STOPS = text("SELECT scope, reason, stopped_at FROM sending_stops ORDER BY scope")

# Customers may be ahead of our clock, so that nothing here says what is due: all planned messages count.
_MESSAGES = text("""
    SELECT count(*) FILTER (WHERE message.status = 'PLANNED' AND purpose = 'marketing') AS marketing_waiting,
           count(*) FILTER (WHERE message.status = 'PLANNED' AND purpose <> 'marketing') AS transactional_waiting,
           count(*) FILTER (WHERE message.status = 'CLAIMED') AS on_their_way
    FROM communications_log AS message JOIN campaign_steps AS campaign ON campaign.id = campaign_id
    WHERE message.status IN ('PLANNED', 'CLAIMED')
""")


@dataclass(frozen=True)
class Stop:
    """Nothing of `scope` is sent since `stopped_at`."""

    scope: Stopped
    reason: str | None
    stopped_at: datetime


@dataclass(frozen=True)
class SendingState:
    """The stops, the wider first, and how many messages they can still hold back.

    Waiting messages are due now or later; those `on_their_way` are being handed to a provider and are not held back.
    """

    stops: tuple[Stop, ...]
    marketing_waiting: int
    transactional_waiting: int
    on_their_way: int


async def stop(engine: AsyncEngine, scope: Stopped, reason: str | None, now: datetime) -> None:
    """Send nothing more of `scope`."""
    async with engine.connect() as connection:
        await connection.execute(_STOP, {"scope": scope, "reason": reason, "now": now})


async def start(engine: AsyncEngine) -> None:
    """End every stop."""
    async with engine.connect() as connection:
        await connection.execute(_START)


async def list_stops(engine: AsyncEngine) -> tuple[Stop, ...]:
    """Return the stops, the wider first."""
    async with engine.connect() as connection:
        return tuple(Stop(*row) for row in await connection.execute(_STOPS))


async def sending(engine: AsyncEngine) -> SendingState:
    """Return the stops with the numbers of waiting messages."""
    stops = await list_stops(engine)
    async with engine.connect() as connection:
        return SendingState(stops, *(await connection.execute(_MESSAGES)).one())
