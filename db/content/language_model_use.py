"""The day's budget of requests and tokens: reserved before a request, corrected after it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

# The day is real and not the customer's: money is spent today.
_RESERVE = text("""
    INSERT INTO language_model_use AS used (day, requests, tokens)
    SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date, 1, :tokens
    WHERE :most_requests >= 1 AND :most_tokens >= :tokens
    ON CONFLICT (day) DO UPDATE SET requests = used.requests + 1, tokens = used.tokens + :tokens
    WHERE used.requests < :most_requests AND used.tokens + :tokens <= :most_tokens
    RETURNING day
""")

_SETTLE = text("""
    UPDATE language_model_use SET tokens = greatest(tokens + :tokens, 0), cost = cost + :cost WHERE day = :day
""")


@dataclass(frozen=True)
class Budget:
    """The most requests and tokens of a language model on one day, UTC."""

    requests: int
    tokens: int


@dataclass(frozen=True)
class Reservation:
    """A request that may be made, and the tokens that it may take."""

    day: date
    tokens: int


async def reserve(engine: AsyncEngine, budget: Budget, tokens: int) -> Reservation | None:
    """Reserve one request of at most `tokens`; None if the day's budget has no room for it.

    A process that ends before settling has used up its reservation: the request may have been made.
    """
    values = {"tokens": tokens, "most_requests": budget.requests, "most_tokens": budget.tokens}
    async with engine.connect() as connection:
        day = (await connection.execute(_RESERVE, values)).scalar_one_or_none()
    return None if day is None else Reservation(day, tokens)


async def settle(engine: AsyncEngine, reservation: Reservation, tokens: int, cost: Decimal) -> None:
    """Replace a reservation by what the request took."""
    values = {"day": reservation.day, "tokens": tokens - reservation.tokens, "cost": cost}
    async with engine.connect() as connection:
        await connection.execute(_SETTLE, values)
