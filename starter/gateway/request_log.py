"""One line and two figures per request, with an id that the client is told too. No personal data is in them."""

import re
from http import HTTPMethod
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from starter.gateway.figures import Figures

REQUEST_ID = "X-Request-Id"
SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")

GIVEN_UP = 499
"""Stands for the answer to a client that left before it came."""

_METHODS = frozenset(HTTPMethod)


class RequestLog:
    """Names, times and logs each request. Of its path only the route is told: a path may hold a customer's token."""

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self._app = app
        self._figures = figures
        self._log = structlog.get_logger("gateway")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        status, begun = GIVEN_UP, perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, answer)
            finally:
                self._tell(scope, status, perf_counter() - begun)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", "none")
        self._figures.answered(method, route, status, seconds)
        self._log.info("request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1))


def _request_id(headers: Headers) -> str:
    given = headers.get(REQUEST_ID, "")
    return given if SANE.fullmatch(given) else uuid4().hex
