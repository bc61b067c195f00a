"""A client of Temporal for processes that have to work while it is away."""

import asyncio
from collections.abc import Mapping

from temporalio.client import Client

from workflows.connection import connect

CONNECT_SECONDS = 5
"""How long one attempt may take."""


class TemporalClient:
    """Connects when first asked, and once: afterwards the client finds its way back by itself."""

    def __init__(self, payload_keys: Mapping[str, bytes]) -> None:
        self._payload_keys = payload_keys
        self._client: Client | None = None
        self._attempt: asyncio.Task[Client] | None = None

    async def __call__(self) -> Client:
        """The client. Raises `RuntimeError` or `TimeoutError` while nobody answers at the address."""
        if self._client is None:
            # Whoever asks meanwhile shares the attempt, and its failure: one after the other they would wait for hours.
            if self._attempt is None or self._attempt.done():
                self._attempt = asyncio.create_task(self._connect())
            self._client = await asyncio.shield(self._attempt)
        return self._client

    async def _connect(self) -> Client:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await connect(self._payload_keys)
