"""Reuses connections to a mail server.

A connection is reused only after a message was accepted on it. After any failure it is closed.
"""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import aiosmtplib
from aiosmtplib import SMTPException

IDLE_SECONDS = 30.0
"""Servers and firewalls drop an idle connection after a minute or more."""

MAX_MESSAGES = 100
"""Messages on one connection. Many servers reject more."""

QUIT_SECONDS = 2


class SmtpConnection(aiosmtplib.SMTP):
    """An SMTP session, on which `carried` messages were sent."""

    carried = 0


class IdleConnections:
    """Idle connections. Each is closed after `seconds` without a message, and after `max_messages` messages."""

    def __init__(self, seconds: float = IDLE_SECONDS, max_messages: int = MAX_MESSAGES) -> None:
        self._seconds = seconds
        self._max_messages = max_messages
        self._idle: dict[SmtpConnection, asyncio.Task[None]] = {}
        self._quitting: set[asyncio.Task[None]] = set()

    def take(self) -> SmtpConnection | None:
        """Take out the connection that was used last, if it is still open."""
        while self._idle:
            connection, retirement = self._idle.popitem()
            retirement.cancel()
            if connection.is_connected:
                return connection
        return None

    def keep(self, connection: SmtpConnection) -> None:
        """Put a connection back after its message was accepted."""
        connection.carried += 1
        if connection.carried < self._max_messages:
            self._idle[connection] = asyncio.create_task(self._retire(connection))
        else:
            self._start_quit(connection)

    async def close(self) -> None:
        """Close all connections with QUIT."""
        idle, self._idle = self._idle, {}
        for retirement in idle.values():
            retirement.cancel()
        await asyncio.gather(*self._quitting, *(_quit(connection) for connection in idle))

    async def _retire(self, connection: SmtpConnection) -> None:
        await asyncio.sleep(self._seconds)
        del self._idle[connection]
        self._start_quit(connection)

    def _start_quit(self, connection: SmtpConnection) -> None:
        quitting = asyncio.create_task(_quit(connection))
        self._quitting.add(quitting)
        quitting.add_done_callback(self._quitting.discard)


@contextmanager
def closed_if_failed(connection: SmtpConnection) -> Iterator[None]:
    """Close the connection if the body of the context fails or is cancelled."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


async def _quit(connection: SmtpConnection) -> None:
    """Send QUIT and close. Errors are ignored: all messages were accepted before."""
    with closing(connection), suppress(SMTPException, OSError):
        async with asyncio.timeout(QUIT_SECONDS):
            await connection.quit()
