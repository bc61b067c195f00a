"""A Temporal client for processes that have to work while Temporal is unavailable."""

import asyncio
from collections.abc import Mapping

from temporalio.client import Client

from workflows.connection import connect

CONNECT_SECONDS = 5
"""The time-out of one attempt."""


class TemporalClient:
    """Connects on the first call. Afterwards the client reconnects by itself."""

    def __init__(self, payload_keys: Mapping[str, bytes]) -> None:
        self._payload_keys = payload_keys
        self._client: Client | None = None
        self._attempt: asyncio.Task[Client] | None = None

    async def __call__(self) -> Client:
        """Return the client. Raises `RuntimeError` or `TimeoutError` while Temporal does not answer."""
        if self._client is None:
            # Callers share an attempt that is under way, and its failure: one after another they would wait for hours.
            if self._attempt is None or self._attempt.done():
                self._attempt = asyncio.create_task(self._connect())
            self._client = await asyncio.shield(self._attempt)
        return self._client

    async def _connect(self) -> Client:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await connect(self._payload_keys)
