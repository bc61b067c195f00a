"""Rows of the inbox for its operators' tests."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

PutEvent = Callable[..., Awaitable[str]]


@pytest.fixture
def put(clean_database: None, engine: AsyncEngine) -> PutEvent:
    """`await put("e-1", "REFUSED", raw=b"…")`: a row of the inbox."""

    async def insert(event_id: str, status: str = "REFUSED", **columns: Any) -> str:
        given = {"event_id": event_id, "status": status, "last_error": "total: is wrong", **columns}
        names, places = ", ".join(given), ", ".join(f":{name}" for name in given)
        async with engine.connect() as connection:
            await connection.execute(text(f"INSERT INTO event_inbox ({names}) VALUES ({places})"), given)
        return event_id

    return insert


@pytest.fixture
def statuses(engine: AsyncEngine) -> Callable[[], Awaitable[dict[str, str]]]:
    """`await statuses()`: the status of every event by its id."""

    async def read() -> dict[str, str]:
        async with engine.connect() as connection:
            rows = await connection.execute(text("SELECT event_id, status FROM event_inbox"))
            return {row.event_id: row.status for row in rows}

    return read
