"""HTTP connections with a time limit: clients that send nothing, or a byte at a time, are disconnected."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class GatewayConnection(H11Protocol):
    """Adds a time limit for a request's head; uvicorn limits only the pause between requests.

    While a request is being answered, the limits of `RequestLimits` apply.
    """

    receive_seconds: float = 10
    """For the request's head, and for the rest of a body if the response was sent before it was complete."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the time limit."""
        super().connection_made(transport)
        self._start_limit()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the time limit."""
        super().connection_lost(exc)
        self._cancel_limit()

    def data_received(self, data: bytes) -> None:
        """Continue the time limit, unless there is a request to answer."""
        super().data_received(data)
        if self.conn.our_state in (h11.IDLE, h11.DONE):
            self._start_limit()
        else:
            self._cancel_limit()

    def _start_limit(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.receive_seconds, self._disconnect)

    def _cancel_limit(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _disconnect(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
