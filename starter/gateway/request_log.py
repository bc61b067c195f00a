"""One log line and two metrics per request, without personal data. The client gets the line's request id."""

import re
from http import HTTPMethod
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from starter.gateway.gateway_metrics import GatewayMetrics

REQUEST_ID = "X-Request-Id"
VALID = re.compile(r"[A-Za-z0-9._-]{1,64}")

CLIENT_CLOSED = 499
"""The status for a client that disconnected before the response."""

_METHODS = frozenset(HTTPMethod)


class RequestLog:
    """Gives each request an id, measures it and logs its route. Paths are not logged: they may contain a token."""

    def __init__(self, app: ASGIApp, counters: GatewayMetrics) -> None:
        self._app = app
        self._counters = counters
        self._log = structlog.get_logger("gateway")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        status, begun = CLIENT_CLOSED, perf_counter()

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
                self._report(scope, status, perf_counter() - begun)

    def _report(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", "none")
        self._counters.request(method, route, status, seconds)
        self._log.info("request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1))


def _request_id(headers: Headers) -> str:
    given = headers.get(REQUEST_ID, "")
    return given if VALID.fullmatch(given) else uuid4().hex
