"""One connection: whoever opens it and then says nothing, or says it a byte at a time, is cut off."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

SILENT_SECONDS = 10
"""For the request's head, and for what is left of a body that was answered before it had come whole."""


class Connection(H11Protocol):
    """As uvicorn has it, which bounds the pause between requests and leaves the time of their heads unbounded.

    While a request is answered its own deadlines hold, and this one rests.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        super().connection_lost(exc)
        self._rest()

    def data_received(self, data: bytes) -> None:
        """Go on waiting, unless there is a request to answer now."""
        super().data_received(data)
        if self.conn.our_state in (h11.IDLE, h11.DONE):
            self._wait()
        else:
            self._rest()

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(SILENT_SECONDS, self._cut)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
