"""Run an operation that needs the database from a command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from operations.access.database import open_database
from settings import Settings

Result = TypeVar("Result")


def run_on_database(settings: Settings, operation: Callable[[AsyncEngine], Awaitable[Result]]) -> Result:
    """Open the database, run one operation on it and return its result. Raises `Unavailable`."""

    async def run() -> Result:
        async with open_database(settings) as engine:
            return await operation(engine)

    return asyncio.run(run())
