"""Clients that send nothing, or a byte at a time, are disconnected."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from fastapi import FastAPI

from starter.gateway.connection import GatewayConnection
from starter.gateway.serve import server_config

PATIENCE = 30
ASK = b"GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n"


class ImpatientConnection(GatewayConnection):
    """A connection with a short time limit, for tests of silence."""

    receive_seconds = 0.3


class PatientConnection(GatewayConnection):
    """A connection whose time limit a slow machine does not exceed between two steps of a test."""

    receive_seconds = 2


@asynccontextmanager
async def serving(app: FastAPI, connection: type[GatewayConnection]) -> AsyncIterator[int]:
    """The port of a server with this kind of connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(server_config(app, connection=connection))
        running = asyncio.create_task(server.serve([listening]))
        yield listening.getsockname()[1]
        server.should_exit = True
        await running


@pytest.fixture
async def impatient_port(app: FastAPI) -> AsyncIterator[int]:
    """The port of a server that disconnects silent clients soon."""
    async with serving(app, ImpatientConnection) as port:
        yield port


@pytest.fixture
async def port(app: FastAPI) -> AsyncIterator[int]:
    """The port of a server that waits a while for silent clients."""
    async with serving(app, PatientConnection) as port:
        yield port


async def read_all(reader: asyncio.StreamReader) -> bytes:
    """All bytes until the connection is closed, by a reset if bytes were still on their way to the server."""
    received = b""
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionResetError):
            while block := await reader.read(65536):
                received += block
    return received


async def test_a_silent_client_is_disconnected(impatient_port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", impatient_port)
    assert await read_all(reader) == b""
    writer.close()


async def test_a_client_that_sends_the_head_byte_by_byte_is_disconnected(impatient_port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", impatient_port)

    async def dribble() -> None:
        writer.write(b"GET /healthz HTTP/1.1\r\n")
        while True:
            writer.write(b"x: y\r\n")
            await asyncio.sleep(0.05)

    dribbling = asyncio.create_task(dribble())
    assert await read_all(reader) == b""
    dribbling.cancel()
    writer.close()


async def test_a_client_that_goes_on_after_the_answer_is_disconnected(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def dribble() -> None:
        writer.write(b"POST /nowhere HTTP/1.1\r\nHost: gateway\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.05)

    dribbling = asyncio.create_task(dribble())
    assert (await read_all(reader)).startswith(b"HTTP/1.1 404 ")
    dribbling.cancel()
    writer.close()


async def test_a_client_with_further_requests_stays_connected(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(4):
        writer.write(ASK)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert await reader.readexactly(len(b'{"status":"alive"}')) == b'{"status":"alive"}'
        await asyncio.sleep(0.7)
    writer.close()


async def test_garbage_is_400(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x16\x03\x01 no http at all\r\n\r\n")
    assert (await read_all(reader)).startswith(b"HTTP/1.1 400 ")
    writer.close()


async def test_a_head_without_end_is_400(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nx: " + b"y" * 100_000)
    assert (await read_all(reader)).startswith(b"HTTP/1.1 400 ")
    writer.close()
