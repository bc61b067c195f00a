"""Requests that the gateway cannot serve now are answered 503 with `Retry-After`, whatever the reason."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx2
from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.testing import capture_logs

from settings import Settings
from starter.gateway.body import read_body
from starter.gateway.problems import answer_with_problems
from starter.gateway.request_limits import RequestLimits
from tests.fixtures.failing_table import UNTRANSLATABLE_CHARACTER, failing_table
from tests.starter.gateway.bodies import visit
from tests.starter.gateway.conftest import Open, Rows, client_of


def client_to(app: ASGIApp) -> httpx2.AsyncClient:
    """A client of any ASGI application."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://gateway")


def assert_retry_later(answer: httpx2.Response) -> None:
    """503 in the documented form."""
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"


async def test_without_postgresql(settings: Settings, open_app: Open, token: str) -> None:
    app = await open_app(settings.model_copy(update={"database_url": "postgresql://x@127.0.0.1:1/x"}))
    async with client_of(app, token) as client:
        for path in ("/v1/events", "/v1/customers/lookup"):
            assert_retry_later(await client.post(path, json=visit()))
        assert_retry_later(await client.get("/metrics"))
        assert (await client.get("/healthz")).status_code == 200


async def test_an_unexpected_error_is_logged_without_the_request() -> None:
    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise KeyError("ada@example.com")

    with capture_logs() as logs:
        async with client_to(RequestLimits(fail)) as client:
            answer = await client.post("/v1/events", json=visit())
    assert_retry_later(answer)
    assert "ada@example.com" not in answer.text + str(logs)
    assert [line["error"] for line in logs if line["event"] == "a request failed"] == ["KeyError"]


async def test_a_value_that_postgresql_cannot_store_is_422(client: httpx2.AsyncClient, database_url: str) -> None:
    with failing_table(database_url, "event_inbox", UNTRANSLATABLE_CHARACTER):
        answer = await client.post("/v1/events", json=visit())
    assert answer.status_code == 422
    assert "ada" not in answer.text


async def test_a_request_that_takes_too_long_is_ended() -> None:
    async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    async with client_to(RequestLimits(never, seconds=0.05)) as client:
        answer = await client.post("/v1/events")
    assert_retry_later(answer)
    assert "too long" in answer.json()["detail"]


async def test_a_request_that_ignores_its_cancellation_is_ended() -> None:
    thawed = asyncio.Event()

    async def frozen(_scope: Scope, _receive: Receive, _send: Send) -> None:
        while not thawed.is_set():
            with suppress(asyncio.CancelledError):
                await thawed.wait()

    async with client_to(RequestLimits(frozen, seconds=0.05)) as client:
        assert_retry_later(await client.post("/v1/events"))
    thawed.set()


async def test_a_body_that_does_not_arrive_is_408() -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    app = FastAPI()
    answer_with_problems(app)

    @app.post("/")
    async def read(request: Request) -> None:
        await read_body(request, seconds=0.05)

    async with client_to(app) as client:
        answer = await client.post("/", content=slow())
    assert answer.status_code == 408
    assert answer.headers["connection"] == "close"


async def test_too_many_concurrent_requests_are_503() -> None:
    entered, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def wait(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["path"] != "/healthz":
            entered.release()
            await go_on.wait()
        await send({"type": "http.response.start", "status": 202})
        await send({"type": "http.response.body"})

    async with client_to(RequestLimits(wait, most_at_once=2)) as client:
        waiting = [asyncio.create_task(client.post("/v1/events")) for _ in range(2)]
        for _ in waiting:
            await entered.acquire()
        refused, alive = await client.post("/v1/events"), await client.get("/healthz")
        go_on.set()
        assert_retry_later(refused)
        assert alive.status_code == 202
        assert [(await task).status_code for task in waiting] == [202, 202]
        assert (await client.post("/v1/events")).status_code == 202


async def test_a_full_inbox_accepts_nothing_until_there_is_room(
    settings: Settings, open_app: Open, token: str, rows: Rows
) -> None:
    passed = 0.0
    app: FastAPI = await open_app(settings.model_copy(update={"inbox_limit": 2}), clock=lambda: passed)
    async with client_of(app, token) as client:
        taken = await client.post("/v1/events", json=[visit(str(number)) for number in range(3)])
        passed += 2
        refused = await client.post("/v1/events", json=visit("late"))
        unready = await client.get("/readyz")
        asked = await client.post("/v1/customers/lookup", json={"customer_email": "ada@example.com"})
        await rows("UPDATE event_inbox SET status = 'APPLIED' WHERE event_id = '0' RETURNING 1")
        passed += 2
        again = await client.post("/v1/events", json=visit("late"))
    assert taken.status_code == 202
    assert_retry_later(refused)
    assert_retry_later(unready)
    assert "room in the inbox" in unready.json()["detail"]
    assert asked.status_code == 404
    assert again.status_code == 202
    assert {row["event_id"] for row in await rows("SELECT event_id FROM event_inbox")} == {"0", "1", "2", "late"}
