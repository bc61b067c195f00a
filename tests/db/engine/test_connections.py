"""The engine: autocommit, JSON, time limits, and the URL's own options."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine.connections import create_engine
from db.schema.tables import InboxEvent


async def test_a_statement_is_its_own_transaction(engine: AsyncEngine, clean_database: None) -> None:
    async with engine.connect() as one, engine.connect() as other:
        await one.execute(insert(InboxEvent).values(event_id="event", status="RECEIVED"))
        assert await other.scalar(select(func.count()).select_from(InboxEvent)) == 1


async def test_several_statements_share_a_transaction_that_is_asked_for(
    engine: AsyncEngine, clean_database: None
) -> None:
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        await connection.execute(insert(InboxEvent).values(event_id="event", status="RECEIVED"))
        await connection.rollback()

    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(InboxEvent)) == 0


async def test_json_keeps_decimals_exact_and_times_aware(engine: AsyncEngine, clean_database: None) -> None:
    body = {"total": Decimal("199.90"), "at": datetime(2026, 11, 22, 10, 15, tzinfo=UTC), "name": "Ünï"}

    async with engine.connect() as connection:
        await connection.execute(insert(InboxEvent).values(event_id="event", status="RECEIVED", body=body))
        stored = await connection.scalar(select(InboxEvent.body))

    assert stored == {"total": "199.90", "at": "2026-11-22T10:15:00Z", "name": "Ünï"}


async def test_the_server_cancels_what_takes_too_long(database_url: str) -> None:
    hurried = create_engine(database_url, statement_timeout=timedelta(milliseconds=50))

    async with hurried.connect() as connection:
        with pytest.raises(OperationalError, match="statement timeout"):
            await connection.execute(text("SELECT pg_sleep(60)"))
        assert await connection.scalar(select(func.current_schema())) != "public"

    await hurried.dispose()


async def test_an_error_does_not_tell_the_values(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(ProgrammingError) as failed:
            await connection.execute(text("SELECT :address FROM nowhere"), {"address": "ada@example.com"})
    assert "ada" not in str(failed.value)


def test_another_driver_is_refused() -> None:
    with pytest.raises(ValueError, match="mysql://, expected postgresql://"):
        create_engine("mysql://localhost/shop")
