"""The gateway while its servers go away: what it acknowledges is applied, once; what it does not is not half there."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus
from typing import Any

import httpx2
import pytest

from localstack.stack.readiness import is_ready
from settings import split_secrets
from tests.faults.checks import Event, assert_applied_once, until_applied
from tests.faults.conftest import Premises
from tests.fixtures.shop import eventually

AT_ONCE = 8
ANSWER_SECONDS = 60
PATIENCE = 120


@pytest.fixture
async def http(premises: Premises) -> AsyncIterator[httpx2.AsyncClient]:
    """A shop's backend, which holds a token."""
    await _until_ready(premises)
    async with httpx2.AsyncClient(
        base_url=premises.stack.gateway_url,
        headers={"authorization": f"Bearer {premises.stack.token}"},
        timeout=ANSWER_SECONDS,
        trust_env=False,
    ) as client:
        yield client


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [3, 60])
async def test_temporal_is_away_under_load(premises: Premises, http: httpx2.AsyncClient, seconds: int) -> None:
    assert premises.stack.temporal is not None
    emails = [f"away-{seconds}-{number}@example.com" for number in range(6)]
    events = {email: [_order(premises, email, number) for number in range(12)] for email in emails}
    async with premises.worker():
        await _tell(http, [event for email in emails for event in events[email][:4]])
        await premises.stack.temporal.stop()
        try:
            meanwhile = [event for email in emails for event in events[email][4:8]]
            await _tell(http, meanwhile, over_seconds=seconds)
        finally:
            await premises.stack.temporal.start()
        await _tell(http, [event for email in emails for event in [*events[email][8:], *events[email][:6]]])
        for email in emails:
            await until_applied(premises.shop, events[email], email, patience=PATIENCE)
            await assert_applied_once(premises.shop, events[email], email)


async def test_postgresql_is_away(premises: Premises, http: httpx2.AsyncClient) -> None:
    email = "no-postgres@example.com"
    events = [_order(premises, email, number) for number in range(3)]
    async with premises.outage():
        for answer in (await http.post("/v1/events", json=events), await _signed(premises, http, 71, email)):
            assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE, answer.text
            assert int(answer.headers["retry-after"]) > 0
            assert email not in answer.text
        assert (await http.get("/healthz")).is_success
        await eventually(lambda: is_ready(premises.stack.gateway_url), lambda ready: not ready)
    await _until_ready(premises)
    assert await _rows(premises, email) == []
    async with premises.worker():
        await _until_taken(http, events)
        assert (await _signed(premises, http, 71, email)).is_success
        await until_applied(premises.shop, events, email, patience=PATIENCE)


async def test_postgresql_ends_while_lists_come_in(premises: Premises, http: httpx2.AsyncClient) -> None:
    """Each list is there whole or not at all, and whole when it was acknowledged."""
    email, of_each = "half@example.com", 20
    lists = [[_order(premises, email, 100 * number + place) for place in range(of_each)] for number in range(60)]

    async def tell(events: list[Event]) -> bool:
        return (await http.post("/v1/events", json=events)).status_code == HTTPStatus.ACCEPTED

    telling = [asyncio.create_task(tell(events)) for events in lists]
    await asyncio.wait(telling, return_when=asyncio.FIRST_COMPLETED)
    async with premises.outage():
        acknowledged = await asyncio.gather(*telling)
    await _until_ready(premises)
    kept = {row["event_id"] for row in await _rows(premises, email)}
    for events, whole in zip(lists, acknowledged, strict=True):
        there = len(kept & {event["event_id"] for event in events})
        assert there == of_each if whole else there in {0, of_each}
    assert True in acknowledged
    for events in lists:
        await _until_taken(http, events)
    assert len(await _rows(premises, email)) == len(lists) * of_each


async def test_one_delivery_fifty_times_at_once_is_one_event(premises: Premises, http: httpx2.AsyncClient) -> None:
    event = _order(premises, "fifty@example.com", 1)
    answers = await asyncio.gather(*(http.post("/v1/events", json=event) for _ in range(50)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(HTTPStatus.ACCEPTED, answers[0].text)}
    assert answers[0].json()["results"] == [{"index": 0, "event_id": event["event_id"], "status": "accepted"}]
    answers = await asyncio.gather(*(_signed(premises, http, 72, "fifty-signed@example.com") for _ in range(50)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(HTTPStatus.OK, answers[0].text)}
    for email in ("fifty@example.com", "fifty-signed@example.com"):
        assert len(await _rows(premises, email)) == 1
    async with premises.worker():
        await until_applied(premises.shop, [event], "fifty@example.com", patience=PATIENCE)
        await assert_applied_once(premises.shop, [event], "fifty@example.com")


async def _until_ready(premises: Premises) -> None:
    """The gateway has found its servers again."""
    await eventually(lambda: is_ready(premises.stack.gateway_url), bool)


async def _tell(http: httpx2.AsyncClient, events: Sequence[Event], over_seconds: float = 0) -> None:
    """Every one of them is acknowledged."""
    places = asyncio.Semaphore(AT_ONCE)

    async def tell(event: Event) -> None:
        async with places:
            answer = await http.post("/v1/events", json=event)
            assert answer.status_code == HTTPStatus.ACCEPTED, answer.text
            await asyncio.sleep(over_seconds * AT_ONCE / len(events))

    await asyncio.gather(*map(tell, events))


async def _until_taken(http: httpx2.AsyncClient, events: Sequence[Event]) -> None:
    """A list is sent until it is acknowledged."""
    await eventually(
        lambda: http.post("/v1/events", json=list(events)), lambda answer: answer.status_code == HTTPStatus.ACCEPTED
    )


async def _signed(premises: Premises, http: httpx2.AsyncClient, number: int, email: str) -> httpx2.Response:
    """A paid order as Shopify tells of it."""
    at = "2026-11-22T10:15:00Z"
    order = {
        "id": number,
        "email": email,
        "currency": "USD",
        "total_price": "20.00",
        "created_at": at,
        "updated_at": at,
    }
    body, (secret, *_) = json.dumps(order).encode(), split_secrets(premises.stack.settings.shopify_secrets)
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"x-shopify-hmac-sha256": signature, "x-shopify-topic": "orders/paid"}
    return await http.post("/webhooks/shopify", content=body, headers=headers)


async def _rows(premises: Premises, email: str) -> list[dict[str, Any]]:
    """What the inbox has of a customer."""
    return await premises.shop.rows(
        "SELECT event_id, status FROM event_inbox WHERE customer_id = :id",
        id=premises.shop.storefront.customer_id(email),
    )


def _order(premises: Premises, email: str, number: int) -> Event:
    order = {"order_id": f"{email}-{number}", "total": "20.00", "currency": "USD"}
    return premises.shop.event("ORDER_PAID", email, order=order)
