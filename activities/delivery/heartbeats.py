"""Signs of life for a send that takes long."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from temporalio import activity

QUIET_SECONDS = 3.0


@contextmanager
def heartbeats() -> Iterator[None]:
    """Heartbeat every three seconds. Each one that reaches the server is paid for, and most sends are over sooner."""
    beating = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beating.cancel()


async def _beat() -> None:
    while True:
        await asyncio.sleep(QUIET_SECONDS)
        activity.heartbeat()
