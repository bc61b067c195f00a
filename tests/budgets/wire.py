"""Counts round trips to PostgreSQL on the wire: a proxy that everything of one engine goes through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL

CHUNK = 65_536


class Wire:
    """A way to the server of `url`. Whatever is sent before the server answers is one round trip."""

    def __init__(self, url: URL) -> None:
        self._server_url = url
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0
        self.round_trips = 0

    @property
    def url(self) -> URL:
        """The same database, by way of the proxy."""
        query = {name: value for name, value in self._server_url.query.items() if name not in {"host", "port"}}
        return self._server_url.set(host="127.0.0.1", port=self._port, query=query)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Wire"]:
        """Listen until the block ends."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await self._reach_server()
        speaking = _Speaking()

        async def ask() -> None:
            while chunk := await client.read(CHUNK):
                if not speaking.client:
                    self.round_trips += 1
                speaking.client = True
                to_server.write(chunk)
            to_server.close()

        async def answer() -> None:
            while chunk := await server.read(CHUNK):
                speaking.client = False
                to_client.write(chunk)
            to_client.close()

        for way in (ask(), answer()):
            task = asyncio.create_task(way)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _reach_server(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = str(self._server_url.query.get("host") or self._server_url.host)
        port = int(str(self._server_url.query.get("port") or self._server_url.port or 5432))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)


class _Speaking:
    """Who spoke last on a connection."""

    client = False
