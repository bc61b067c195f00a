"""Writes that are worth insisting on: around a send, a short outage must not cost us what we know."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

PAUSES = (0.2, 1.0, 3.0)


async def firmly(write: Callable[[], Awaitable[bool]]) -> bool:
    """Repeat a write over lost connections. It must be one whose repetition by the same owner changes nothing."""
    for seconds in PAUSES:
        try:
            return await write()
        except (OperationalError, InterfaceError, PoolTimeout):
            await asyncio.sleep(seconds)
    return await write()
