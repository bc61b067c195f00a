"""A fake of Resend's `POST /emails` as documented, on 127.0.0.1: it checks the API key and honours idempotency keys."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
API_KEY = "re_of_the_tests"
REASONS = {200: "OK"}


@dataclass(frozen=True)
class Request:
    """What came: header names are in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str | None:
        """The idempotency key."""
        return self.headers.get("idempotency-key")


@dataclass(frozen=True)
class FakeResponse:
    """What goes back; `body` is sent as JSON unless it is bytes."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


# `take()` accepts the e-mail and says what Resend answers. None as the answer hangs up without one: a test that calls
# `take()` and returns None has lost the answer to an e-mail that goes out.
Behaviour = Callable[[Request, Callable[[], FakeResponse]], Awaitable[FakeResponse | None]]


async def accept(_request: Request, take: Callable[[], FakeResponse]) -> FakeResponse:
    """The usual behaviour."""
    return take()


def refusal(status: int, name: str, message: str = "") -> FakeResponse:
    """An error as Resend writes it."""
    return FakeResponse(status, {"statusCode": status, "name": name, "message": message})


class FakeResend:
    """`async with` starts it; `behaviour` may be set at any time.

    `asked` counts requests by idempotency key, and `emails` are the e-mails that go out by theirs: one for a key,
    however often it came. Those without a key are in `keyless`, and each of them goes out.
    """

    def __init__(self, port: int = 0, behaviour: Behaviour = accept) -> None:
        self.port = port
        self.behaviour = behaviour
        self.asked: Counter[str] = Counter()
        self.requests: list[Request] = []
        self.emails: dict[str, dict[str, Any]] = {}
        self.keyless: list[dict[str, Any]] = []
        self._bodies: dict[str, bytes] = {}
        self._under_way: set[str] = set()
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where the API is, for RESEND_API_URL."""
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        """Listen; without a port, on one that is free."""
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening, and hang up. May be called twice; what was taken stays."""
        if self._server is None:
            return
        self._server.close()
        for line in list(self._lines):
            line.close()
        await self._server.wait_closed()
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while answer := await self._answer(await _read(reader)):
                    writer.write(_written(answer))
                    await writer.drain()
        finally:
            self._lines.discard(writer)
            writer.close()

    async def _answer(self, request: Request) -> FakeResponse | None:
        self.requests.append(request)
        key = request.key
        if key is None:
            return await self.behaviour(request, lambda: self._take(request))
        self.asked[key] += 1
        if key in self._under_way:
            return refusal(409, "concurrent_idempotent_requests")
        self._under_way.add(key)
        try:
            return await self.behaviour(request, lambda: self._take(request))
        finally:
            self._under_way.discard(key)

    def _take(self, request: Request) -> FakeResponse:
        refused = _refused(request)
        if refused is not None:
            return refused
        email, key = json.loads(request.body), request.key
        if key is None:
            self.keyless.append(email)
            return FakeResponse(200, {"id": f"keyless-{len(self.keyless)}"})
        if self._bodies.setdefault(key, request.body) != request.body:
            return refusal(409, "invalid_idempotent_request")
        self.emails[key] = email
        return FakeResponse(200, {"id": f"resend-{key[:12]}"})

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()


def _refused(request: Request) -> FakeResponse | None:
    if not request.line.endswith(" /emails HTTP/1.1"):
        return refusal(404, "not_found")
    if not request.line.startswith("POST "):
        return refusal(405, "method_not_allowed")
    if "authorization" not in request.headers:
        return refusal(401, "missing_api_key")
    if request.headers["authorization"] != f"Bearer {API_KEY}":
        return refusal(403, "invalid_api_key")
    try:
        email = json.loads(request.body)
    except ValueError:
        return refusal(400, "validation_error")
    missing = {"from", "to", "subject"} - email.keys() or not email.keys() & {"html", "text"}
    return refusal(422, "missing_required_field") if missing else None


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
    named = (line.partition(":") for line in head[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in named}
    return Request(head[0], headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def _written(answer: FakeResponse) -> bytes:
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    headers = {"Content-Type": "application/json", **answer.headers, "Content-Length": str(len(body))}
    lines = [
        f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Refused')}",
        *(f"{n}: {v}" for n, v in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
