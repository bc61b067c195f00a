"""Heartbeats of a long delivery."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from temporalio import activity

HEARTBEAT_SECONDS = 3.0
"""Every heartbeat that reaches the server is a billable action, and most sends take less than this."""


@contextmanager
def heartbeats(seconds: float = HEARTBEAT_SECONDS) -> Iterator[None]:
    """Heartbeat every `seconds` while the context lasts; the first one after `seconds`."""
    beating = asyncio.create_task(_beat(seconds))
    try:
        yield
    finally:
        beating.cancel()


async def _beat(seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        activity.heartbeat()
