"""Looking a customer up by address or id."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.access.errors import InvalidInput, NotFound
from operations.customers.lookup import look_up_customer
from retention_client.identity import customer_id

KEY = b"0123456789abcdef"
ADA = customer_id(KEY, "ada@example.com")


@pytest.fixture
async def known(clean_database: None, engine: AsyncEngine) -> AsyncEngine:
    """A database in which Ada is a customer."""
    async with engine.connect() as connection:
        await connection.execute(
            text(
                "INSERT INTO customer_profiles (customer_id, customer_email, state, total_spend, order_count) "
                "VALUES (:id, 'ada@example.com', 'CUSTOMER', 199, 1)"
            ),
            {"id": ADA},
        )
    return engine


@pytest.mark.parametrize("query", [{"customer_email": " Ada@Example.com "}, {"customer_id": ADA}], ids=str)
async def test_a_customer_is_found(known: AsyncEngine, query: dict[str, str]) -> None:
    found = await look_up_customer(known, KEY, query)
    assert (found.customer_id, found.workflow_id) == (ADA, f"customer/{ADA}")
    assert (found.profile.state, found.profile.order_count) == ("CUSTOMER", 1)


async def test_another_customer_is_not_found(known: AsyncEngine) -> None:
    with pytest.raises(NotFound):
        await look_up_customer(known, KEY, {"customer_email": "eve@example.com"})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ([], "body"),
        ({"customer_email": "ada@example.com", "customer_id": ADA}, "body"),
        ({"customer_email": "nobody"}, "customer_email"),
        ({"customer_id": "x' OR true --"}, "customer_id"),
    ],
)
async def test_a_wrong_query_names_its_field(engine: AsyncEngine, query: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await look_up_customer(engine, KEY, query)
    assert refused.value.field == field
