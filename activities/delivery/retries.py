"""Retries for writes around a send: a short outage of PostgreSQL must not lose the provider's response."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

PAUSES = (0.2, 1.0, 3.0)
"""Seconds before each retry."""


async def with_retries(write: Callable[[], Awaitable[bool]]) -> bool:
    """Retry a write after lost connections. It must be idempotent for the same owner."""
    for seconds in PAUSES:
        try:
            return await write()
        except (OperationalError, InterfaceError, PoolTimeout):
            await asyncio.sleep(seconds)
    return await write()
