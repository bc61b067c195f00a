"""How an operation reaches Temporal, as the settings say."""

import asyncio

from temporalio.client import Client

from operations.access.errors import TemporalUnavailable
from settings import Settings
from workflows.connection import connect

CONNECT_SECONDS = 10


async def connect_temporal(settings: Settings) -> Client:
    """Connect to Temporal and wait for its answer. Raises `TemporalUnavailable`."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await connect(settings.payload_keys_by_id())
    except (RuntimeError, TimeoutError) as error:
        raise TemporalUnavailable from error
