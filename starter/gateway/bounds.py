"""The bounds of every request: how many at a time, how long, and that whatever goes wrong in it ends as an answer."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from starter.gateway.problems import problem_of, unavailable

MOST_AT_ONCE = 128
"""Requests under way in one process; each may hold a body of a megabyte."""

SECONDS = 20
"""Longer than any of the waits inside: for the body, for a connection to PostgreSQL, for a statement."""

ALWAYS = frozenset({"/healthz"})
"""Not counted: a process that has much to do lives."""


class Bounds:
    """Answers 503 to what is too much, takes too long, or fails in a way that nobody thought of."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in ALWAYS:
            await self._app(scope, receive, send)
            return
        if self._under_way >= MOST_AT_ONCE:
            await unavailable("too many requests are under way").response()(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self._under_way -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = answered = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if not answered:
                begun = True
                await send(message)

        # A task of its own, because a database that is frozen takes its time even to let go of a request.
        serving = asyncio.ensure_future(self._app(scope, receive, answer))
        try:
            finished, _ = await asyncio.wait({serving}, timeout=SECONDS)
            if not finished:
                raise TimeoutError
            serving.result()
        except Exception as error:
            problem = problem_of(error)
            answered = True
            # What was begun cannot be taken back; the server cuts it off.
            if not begun:
                await problem.response()(scope, receive, send)
        except asyncio.CancelledError:
            answered = True
            if not begun:
                await unavailable("this process stops").response()(scope, receive, send)
            raise
        finally:
            serving.cancel()
