"""`GatewayClient` on the real gateway: its limits, results and errors are those that the client expects."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from retention_client import GatewayClient, GatewayRefused, GatewayUnavailable, InvalidEvent, Retries
from retention_client.events import MAX_BATCH_EVENTS, MAX_EVENT_BYTES
from settings import Settings
from tests.starter.gateway.conftest import Open, Rows

ONCE = Retries(attempts=1)


def visit(number: int, **fields: Any) -> dict[str, Any]:
    """A visit."""
    event = {"type": "VISITED", "event_id": f"client-{number}", "customer_email": f"customer-{number % 7}@example.com"}
    return {**event, "occurred_at": "2026-11-22T10:15:00Z", **fields}


@pytest.fixture
async def gateway(app: FastAPI, token: str) -> AsyncIterator[GatewayClient]:
    """A client with a good token."""
    async with GatewayClient("http://gateway", token, transport=httpx2.ASGITransport(app), retries=ONCE) as client:
        yield client


async def test_an_event_is_committed_once(gateway: GatewayClient, rows: Rows) -> None:
    first, again = await gateway.send(visit(1)), await gateway.send(visit(1))
    assert first == again
    assert [row["event_id"] for row in await rows("SELECT event_id FROM event_inbox")] == [first.event_id]


async def test_a_large_batch_fits_the_gateways_limits(gateway: GatewayClient, rows: Rows) -> None:
    events = [visit(number) for number in range(MAX_BATCH_EVENTS + 1)]
    events += [visit(number, locale="en", name="x" * 500) for number in range(5000, 5900)]
    assert {result.status for result in await gateway.send_batch(events)} == {"accepted"}
    assert (await rows("SELECT count(*) AS events FROM event_inbox"))[0]["events"] == len(events)


async def test_what_the_gateway_refuses_comes_with_its_field(gateway: GatewayClient) -> None:
    with pytest.raises(InvalidEvent) as refused:
        await gateway.send(visit(1, occurred_at="2026-11-22T10:15:00"))
    assert refused.value.field == "occurred_at"
    cart = visit(2, type="CART_UPDATED", cart={"cart_id": "c-1"})
    del cart["customer_email"]
    results = await gateway.send_batch([visit(3), visit(4, type="NEWS"), visit(5, name="x" * MAX_EVENT_BYTES), cart])
    assert [result.status for result in results] == ["accepted", "refused", "refused", "waiting"]


async def test_a_wrong_token_is_refused(app: FastAPI) -> None:
    async with GatewayClient("http://gateway", "wrong", transport=httpx2.ASGITransport(app)) as client:
        with pytest.raises(GatewayRefused) as refused:
            await client.send(visit(1))
    assert refused.value.status == 401


async def test_back_pressure_is_unavailable_with_the_time_to_wait(
    open_app: Open, settings: Settings, token: str
) -> None:
    app = await open_app(settings.model_copy(update={"inbox_limit": 1}))
    async with GatewayClient("http://gateway", token, transport=httpx2.ASGITransport(app), retries=ONCE) as client:
        await client.send_batch([visit(1), visit(2)])
    full = await open_app(settings.model_copy(update={"inbox_limit": 1}))
    async with GatewayClient("http://gateway", token, transport=httpx2.ASGITransport(full), retries=ONCE) as client:
        with pytest.raises(GatewayUnavailable) as failed:
            await client.send(visit(3))
    assert failed.value.status == 503
    assert failed.value.retry_after == 5
