"""Connections whose other end says nothing, or says it a byte at a time, are cut; the others are not."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI

from starter.gateway import connection
from starter.gateway.serve import configuration

PATIENCE = 30
ASK = b"GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n"


@pytest.fixture
async def port(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Where the application is served, by a server without much patience."""
    monkeypatch.setattr(connection, "SILENT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(configuration(app))
        serving = asyncio.create_task(server.serve([listening]))
        yield listening.getsockname()[1]
        server.should_exit = True
        await serving


async def read_all(reader: asyncio.StreamReader) -> bytes:
    """What comes until the connection is cut."""
    async with asyncio.timeout(PATIENCE):
        return await reader.read()


async def test_who_says_nothing_is_cut(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await read_all(reader) == b""
    writer.close()


async def test_who_sends_the_head_byte_by_byte_is_cut(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def dribble() -> None:
        writer.write(b"GET /healthz HTTP/1.1\r\n")
        while True:
            writer.write(b"x: y\r\n")
            await asyncio.sleep(0.05)

    dribbling = asyncio.create_task(dribble())
    assert await read_all(reader) == b""
    dribbling.cancel()
    writer.close()


async def test_who_goes_on_after_the_answer_is_cut(port: int) -> None:
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


async def test_who_asks_again_in_time_keeps_the_connection(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(4):
        writer.write(ASK)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert await reader.readexactly(len(b'{"status":"alive"}')) == b'{"status":"alive"}'
        await asyncio.sleep(0.15)
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
