"""Connections to a mail server that are kept open between messages.

Only one that has just carried a message to its good end is kept. Whatever else happens to a connection, it is closed:
a conversation that broke off is nothing to go on from.
"""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import aiosmtplib
from aiosmtplib import SMTPException

IDLE_SECONDS = 30.0
"""Servers and firewalls forget a silent connection after a minute or more."""

MESSAGES_EACH = 100
"""Many servers refuse more on one connection."""

GOODBYE_SECONDS = 2


class Connection(aiosmtplib.SMTP):
    """A conversation with the mail server, which has `carried` so many messages."""

    carried = 0


class KeptConnections:
    """Those that wait for the next message, for at most half a minute."""

    def __init__(self) -> None:
        self._idle: dict[Connection, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def take(self) -> Connection | None:
        """The one used last, if the server has not hung up; it is the caller's now."""
        while self._idle:
            connection, retirement = self._idle.popitem()
            retirement.cancel()
            if connection.is_connected:
                return connection
        return None

    def keep(self, connection: Connection) -> None:
        """Take one back that has carried its message."""
        connection.carried += 1
        if connection.carried < MESSAGES_EACH:
            self._idle[connection] = asyncio.create_task(self._retire(connection))
        else:
            self._leave(connection)

    async def close(self) -> None:
        """Say goodbye on all of them."""
        idle, self._idle = self._idle, {}
        for retirement in idle.values():
            retirement.cancel()
        await asyncio.gather(*self._leaving, *(_say_goodbye(connection) for connection in idle))

    async def _retire(self, connection: Connection) -> None:
        await asyncio.sleep(IDLE_SECONDS)
        del self._idle[connection]
        self._leave(connection)

    def _leave(self, connection: Connection) -> None:
        leaving = asyncio.create_task(_say_goodbye(connection))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)


@contextmanager
def closed_if_failed(connection: Connection) -> Iterator[None]:
    """Close a connection when what was tried on it fails, or is cancelled."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


async def _say_goodbye(connection: Connection) -> None:
    """Its messages are accepted: whatever happens now changes nothing."""
    with closing(connection), suppress(SMTPException, OSError):
        async with asyncio.timeout(GOODBYE_SECONDS):
            await connection.quit()
