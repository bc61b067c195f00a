"""Stops of all sending: they stand until somebody ends them, and every message is held against them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from lifecycle.gate import Stopped

# Said again, a stop keeps its time, and its reason unless another is given.
_STOP = text("""
    INSERT INTO sending_stops AS known (scope, reason, stopped_at) VALUES (:scope, :reason, :now)
    ON CONFLICT (scope) DO UPDATE SET reason = coalesce(excluded.reason, known.reason)
""")

_START = text("DELETE FROM sending_stops")

_STOPS = text("SELECT scope, reason, stopped_at FROM sending_stops ORDER BY scope")

# By the customers' own time, which may be ahead of ours, nothing here is due or not: a plan is a plan.
_MESSAGES = text("""
    SELECT count(*) FILTER (WHERE message.status = 'PLANNED' AND purpose = 'marketing') AS marketing_waiting,
           count(*) FILTER (WHERE message.status = 'PLANNED' AND purpose <> 'marketing') AS transactional_waiting,
           count(*) FILTER (WHERE message.status = 'CLAIMED') AS on_their_way
    FROM communications_log AS message JOIN campaigns ON campaigns.id = campaign_id
    WHERE message.status IN ('PLANNED', 'CLAIMED')
""")


@dataclass(frozen=True)
class Stop:
    """Nothing of `scope` is sent since `stopped_at`."""

    scope: Stopped
    reason: str | None
    stopped_at: datetime


@dataclass(frozen=True)
class Sending:
    """The stops that stand, the wider first, and how many messages there are that they can hold, and cannot any more.

    Waiting are those for now and those for later; `on_their_way` are being handed to a provider.
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
    """The stops that stand, the wider first."""
    async with engine.connect() as connection:
        return tuple(Stop(*row) for row in await connection.execute(_STOPS))


async def sending(engine: AsyncEngine) -> Sending:
    """How things stand."""
    stops = await list_stops(engine)
    async with engine.connect() as connection:
        return Sending(stops, *(await connection.execute(_MESSAGES)).one())
