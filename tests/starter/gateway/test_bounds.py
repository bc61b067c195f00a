"""What the gateway cannot do now is a 503 that asks to come again, whatever the reason; nothing hangs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import DataError
from structlog.testing import capture_logs

from intake.door.door import Door
from intake.door.incoming import EventAccepted, EventResult
from settings import Settings
from starter.gateway import backlog, body, bounds
from tests.starter.gateway.bodies import visit
from tests.starter.gateway.conftest import Open, Rows, client_of

Accept = Callable[..., Any]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Accept], None]:
    """`answering(accept)`: the door does something else with events."""
    return lambda accept: monkeypatch.setattr(Door, "accept", accept)


def assert_come_again(answer: httpx2.Response) -> None:
    """503 as it has to be."""
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"


async def test_without_postgresql(settings: Settings, open_app: Open, token: str) -> None:
    app = await open_app(settings.model_copy(update={"database_url": "postgresql://x@127.0.0.1:1/x"}))
    async with client_of(app, token) as client:
        for path in ("/v1/events", "/v1/customers/lookup"):
            assert_come_again(await client.post(path, json=visit()))
        assert_come_again(await client.get("/metrics"))
        assert (await client.get("/healthz")).status_code == 200


async def test_a_failure_nobody_thought_of_is_logged_without_what_was_sent(
    client: httpx2.AsyncClient, answering: Callable[[Accept], None]
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise KeyError("ada@example.com")

    answering(fail)
    with capture_logs() as logs:
        answer = await client.post("/v1/events", json=visit())
    assert_come_again(answer)
    assert "ada@example.com" not in answer.text + str(logs)
    assert [line["error"] for line in logs if line["event"] == "could not answer"] == ["KeyError"]


async def test_what_postgresql_cannot_store_is_the_senders_fault(
    client: httpx2.AsyncClient, answering: Callable[[Accept], None]
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise DataError("INSERT", {"email": "ada@example.com"}, ValueError("ada@example.com"))

    answering(fail)
    answer = await client.post("/v1/events", json=visit())
    assert answer.status_code == 422
    assert "ada" not in answer.text


async def test_a_request_ends_in_time(
    client: httpx2.AsyncClient, answering: Callable[[Accept], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    answering(never)
    monkeypatch.setattr(bounds, "SECONDS", 0.05)
    answer = await client.post("/v1/events", json=visit())
    assert_come_again(answer)
    assert "too long" in answer.json()["detail"]


async def test_a_request_ends_in_time_though_what_it_waits_for_does_not_let_go(
    client: httpx2.AsyncClient, answering: Callable[[Accept], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    thawed = asyncio.Event()

    async def frozen(*_: object, **__: object) -> None:
        while not thawed.is_set():
            with suppress(asyncio.CancelledError):
                await thawed.wait()

    answering(frozen)
    monkeypatch.setattr(bounds, "SECONDS", 0.05)
    assert_come_again(await client.post("/v1/events", json=visit()))
    thawed.set()


async def test_a_body_that_does_not_come_is_408(client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    monkeypatch.setattr(body, "BODY_SECONDS", 0.05)
    answer = await client.post("/v1/events", content=slow(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 408
    assert answer.headers["connection"] == "close"


async def test_no_more_requests_at_once_than_there_is_room_for(
    client: httpx2.AsyncClient, answering: Callable[[Accept], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def wait(*_: object, **__: object) -> tuple[EventResult, ...]:
        entered.release()
        await go_on.wait()
        return (EventAccepted("v-1"),)

    answering(wait)
    monkeypatch.setattr(bounds, "MOST_AT_ONCE", 2)
    waiting = [asyncio.create_task(client.post("/v1/events", json=visit())) for _ in range(2)]
    for _ in waiting:
        await entered.acquire()
    refused, alive = await client.post("/v1/events", json=visit()), await client.get("/healthz")
    go_on.set()
    assert_come_again(refused)
    assert alive.status_code == 200
    assert [(await task).status_code for task in waiting] == [202, 202]
    assert (await client.post("/v1/events", json=visit())).status_code == 202


async def test_a_full_inbox_takes_nothing_more_in_until_there_is_room(
    settings: Settings, open_app: Open, token: str, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0.0
    monkeypatch.setattr(backlog, "monotonic", lambda: passed)
    app: FastAPI = await open_app(settings.model_copy(update={"inbox_limit": 2}))
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
    assert_come_again(refused)
    assert_come_again(unready)
    assert "room in the inbox" in unready.json()["detail"]
    assert asked.status_code == 404
    assert again.status_code == 202
    assert {row["event_id"] for row in await rows("SELECT event_id FROM event_inbox")} == {"0", "1", "2", "late"}
