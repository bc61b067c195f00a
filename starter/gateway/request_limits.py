"""Limits the number of concurrent requests and their time, and answers every error."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from starter.gateway.problems import problem_of, unavailable

MOST_AT_ONCE = 128
"""Concurrent requests of one process; each may hold a body of a megabyte."""

SECONDS = 20
"""Longer than any wait inside: for the body, for a connection to PostgreSQL, for a statement."""

UNLIMITED = frozenset({"/healthz"})
"""Not limited: a busy process is alive."""


class RequestLimits:
    """Answers 503 if there are too many requests, or if one takes too long or fails with an unexpected error."""

    def __init__(self, app: ASGIApp, *, most_at_once: int = MOST_AT_ONCE, seconds: float = SECONDS) -> None:
        self._app = app
        self._most_at_once = most_at_once
        self._seconds = seconds
        self._active = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in UNLIMITED:
            await self._app(scope, receive, send)
            return
        if self._active >= self._most_at_once:
            await unavailable("too many concurrent requests").response()(scope, receive, send)
            return
        self._active += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self._active -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = answered = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if not answered:
                begun = True
                await send(message)

        # A separate task, because a frozen database delays even the cancellation of a request.
        serving = asyncio.ensure_future(self._app(scope, receive, answer))
        try:
            finished, _ = await asyncio.wait({serving}, timeout=self._seconds)
            if not finished:
                raise TimeoutError
            serving.result()
        except Exception as error:
            problem = problem_of(error)
            answered = True
            # A response that has begun cannot be replaced; the server cuts it off.
            if not begun:
                await problem.response()(scope, receive, send)
        except asyncio.CancelledError:
            answered = True
            if not begun:
                await unavailable("this process is stopping").response()(scope, receive, send)
            raise
        finally:
            serving.cancel()
