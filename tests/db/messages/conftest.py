"""A drawer of coupon codes, and messages that ask for them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.messages.claims import MessageClaims
from db.messages.coupons import add_codes, reserve
from db.schema.tables import Communication, CustomerProfile
from tests.fixtures.campaign_rows import insert_step

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
CUSTOMER = "C" * 26
POOL = "welcome"


def key_of(number: int) -> str:
    """The key of a message."""
    return f"{number:064d}"


class Drawer:
    """Pools of codes in PostgreSQL, and one customer's messages."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.messages = MessageClaims(engine)

    async def open(self) -> None:
        """A customer, and a campaign that gives codes away."""
        campaign = {"slug": "welcome", "name": "Welcome", "trigger_event": "CUSTOM:x", "channel": "EMAIL"}
        async with self.engine.connect() as connection:
            await connection.execute(
                insert(CustomerProfile).values(customer_email="ada@example.com", customer_id=CUSTOMER)
            )
            await connection.execute(insert_step({**campaign, "id": 1, "coupon_pool": POOL}))

    async def fill(self, codes: Sequence[str], pool: str = POOL, expires_at: datetime | None = None) -> set[str]:
        """Put codes into a pool."""
        return await add_codes(self.engine, pool, codes, expires_at)

    async def plan(self, *keys: str) -> None:
        """MessageClaims that are due."""
        planned = {
            "customer_id": CUSTOMER,
            "customer_email": "ada@example.com",
            "campaign_id": 1,
            "channel": "EMAIL",
            "trigger_event": "CUSTOM:x",
            "occurrence": "o-1",
            "status": "PLANNED",
            "triggered_at": NOW,
            "planned_at": NOW,
            "due_at": NOW,
            "expires_at": NOW + timedelta(days=1),
            "context": {},
            "products": [],
        }
        async with self.engine.connect() as connection:
            await connection.execute(insert(Communication), [{**planned, "message_key": key} for key in keys])

    async def reserve(self, key: str, pool: str = POOL, now: datetime = NOW) -> str | None:
        """The code of a message."""
        return await reserve(self.engine, pool, key, now)

    async def claim(self, key: str) -> None:
        """As a delivery does that is about to send."""
        await self.do("UPDATE communications_log SET status = 'CLAIMED', fence = 'f' WHERE message_key = :key", key=key)

    async def do(self, statement: str, **values: Any) -> None:
        """Write past the application."""
        async with self.engine.connect() as connection:
            await connection.execute(text(statement), values)

    async def holders(self) -> dict[str, str | None]:
        """Which message has which code."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(text("SELECT code, message_key FROM coupon_codes ORDER BY code"))
            return {row.code: row.message_key for row in rows}


@pytest.fixture
async def drawer(clean_database: None, engine: AsyncEngine) -> Drawer:
    """An empty drawer."""
    drawer = Drawer(engine)
    await drawer.open()
    return drawer
