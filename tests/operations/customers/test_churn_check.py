"""The customers for whom the churn check is due."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from lifecycle.policy import Policy
from operations.customers.churn_check import find_due_customers

NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def test_customers_whose_last_order_is_too_long_ago_are_due(clean_database: None, engine: AsyncEngine) -> None:
    policy = Policy()
    at_limit = NOW - policy.check_after
    insert = text(
        "INSERT INTO customer_profiles (customer_id, customer_email, state, total_spend, order_count, last_order_date) "
        "VALUES (:id, :email, :state, 1, 1, :at)"
    )
    async with engine.connect() as connection:
        for name, state, at in (
            ("A", "CUSTOMER", at_limit - timedelta(days=1)),
            ("B", "CUSTOMER", at_limit + timedelta(days=1)),
            ("C", "VISITOR", at_limit - timedelta(days=1)),
            ("D", "REPEAT", at_limit - timedelta(days=400)),
        ):
            values = {"id": name * 26, "email": f"{name}@example.com", "state": state, "at": at}
            await connection.execute(insert, values)
    assert await find_due_customers(engine, policy, NOW) == ["A" * 26, "D" * 26]
