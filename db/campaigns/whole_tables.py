"""A connection for reports, which read most rows of the largest tables at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

# Sorting and hashing 200,000 messages takes some 30 MB. Right after a bulk load there are no statistics: the planner
# then expects few rows and looks each of them up in a nested loop, which takes minutes instead of a second.
_SETTINGS = text("SELECT set_config('work_mem', '64MB', true), set_config('enable_nestloop', 'off', true)")


@asynccontextmanager
async def reading_whole_tables(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction with memory for large hashes, in which tables are joined whole and not row by row."""
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        async with connection.begin():
            await connection.execute(_SETTINGS)
            yield connection
