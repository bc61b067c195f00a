"""One GET request."""

import asyncio

from operations.readiness.web import NoAnswer, ask


async def test_a_web_server_that_is_silent_is_not_waited_for() -> None:
    silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    async with silent:
        port = silent.sockets[0].getsockname()[1]
        assert await ask(f"http://127.0.0.1:{port}/", timeout_seconds=1) == NoAnswer("does not answer within 1 seconds")
