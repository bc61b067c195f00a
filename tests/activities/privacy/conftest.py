"""A shop whose exports go into the test's own directory."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from tests.fixtures.shop import Shop, new_shop


@pytest.fixture
async def shop(
    clean_database: None, engine: AsyncEngine, temporal: Client, tmp_path: Path, database_url: str
) -> AsyncIterator[Shop]:
    """A shop without a worker yet."""
    directory = tmp_path / "exports"
    async with new_shop(temporal, engine, database_url, tmp_path, export_directory=directory) as shop:
        yield shop
