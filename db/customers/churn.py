"""Customers for the daily check, page by page in the order of their ids."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from lifecycle.policy import Policy

_DUE = text("""
    SELECT customer_id, customer_email, state, last_order_date FROM customer_profiles
    WHERE customer_id > :after AND state = ANY(:states) AND last_order_date < :before AND stopped_at IS NULL
    ORDER BY customer_id LIMIT :size
""")

_LIVING = text("""
    SELECT customer_id, customer_email, state, last_order_date FROM customer_profiles
    WHERE customer_id > :after AND stopped_at IS NULL
    ORDER BY customer_id LIMIT :size
""")


@dataclass(frozen=True)
class FoundCustomer:
    """A customer as the check needs them."""

    customer_id: str
    customer_email: str
    state: str
    last_order_date: datetime | None


async def due_customers(
    engine: AsyncEngine, policy: Policy, as_of: datetime, *, after: str, size: int
) -> list[FoundCustomer]:
    """Customers whom a check at `as_of` may move: their last order is too long ago."""
    states, before = sorted(policy.checked_states), as_of - policy.check_after
    return await _page(engine, _DUE, after=after, states=states, before=before, size=size)


async def living_customers(engine: AsyncEngine, *, after: str, size: int) -> list[FoundCustomer]:
    """Customers who should have a workflow: all who were not stopped on purpose."""
    return await _page(engine, _LIVING, after=after, size=size)


async def _page(engine: AsyncEngine, query: TextClause, **parameters: object) -> list[FoundCustomer]:
    async with engine.connect() as connection:
        rows = await connection.execute(query, parameters)
        return [FoundCustomer(*row) for row in rows]
