"""The HTTP client: batches of a size that the gateway takes, retries, and one tree of errors."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from retention_client import (
    EventSender,
    GatewayClient,
    GatewayRefused,
    GatewayUnavailable,
    InvalidEvent,
    OrderPaid,
    RetentionError,
    Retries,
    ServiceUnavailable,
)
from retention_client.events import MAX_BATCH_EVENTS, MAX_EVENT_BYTES
from retention_client.retries import seconds_of

QUICK = Retries(attempts=4, first_pause=0.001)
Respond = Callable[[httpx2.Request], httpx2.Response]


class FakeGateway:
    """Answers as a gateway does; `responses` come first, one per request."""

    def __init__(self, *responses: httpx2.Response | Exception) -> None:
        self.requests: list[httpx2.Request] = []
        self.bodies: list[list[dict[str, Any]]] = []
        self._responses = list(responses)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        self.bodies.append(json.loads(request.content))
        if self._responses:
            response = self._responses.pop(0)
            if isinstance(response, Exception):
                raise response
            return response
        results = [result(index, event) for index, event in enumerate(self.bodies[-1])]
        return httpx2.Response(202, json={"results": results})


def result(index: int, event: dict[str, Any]) -> dict[str, Any]:
    """The result of one event: refused without an id, waiting without an address."""
    if "event_id" not in event:
        return {"index": index, "status": "refused", "field": "event_id", "reason": "is missing"}
    status = "accepted" if "customer_email" in event else "waiting"
    return {"index": index, "event_id": event["event_id"], "status": status}


def visit(number: int, **fields: Any) -> dict[str, Any]:
    """A visit."""
    event = {"type": "VISITED", "event_id": f"v-{number}", "customer_email": "ada@example.com"}
    return {**event, "occurred_at": "2026-11-22T10:15:00Z", **fields}


def client_of(gateway: Respond, retries: Retries = QUICK) -> GatewayClient:
    """A client of a fake gateway."""
    return GatewayClient("https://gateway.test/", "t-1", retries=retries, transport=httpx2.MockTransport(gateway))


async def test_an_event_is_posted_with_the_token() -> None:
    gateway = FakeGateway()
    async with client_of(gateway) as client:
        sent = await client.send(visit(1))
    assert (sent.event_id, sent.status, sent.error) == ("v-1", "accepted", None)
    (request,) = gateway.requests
    assert (request.method, str(request.url)) == ("POST", "https://gateway.test/v1/events")
    assert request.headers["authorization"] == "Bearer t-1"
    assert request.headers["content-type"] == "application/json"


async def test_a_model_is_sent_as_its_canonical_json() -> None:
    order = {"order_id": "1", "total": "19.90", "currency": "USD"}
    event = OrderPaid.model_validate({**visit(1), "type": "ORDER_PAID", "order": order})
    gateway = FakeGateway()
    async with client_of(gateway) as client:
        await client.send(event)
    assert gateway.bodies[0][0]["order"] == {**order, "items": []}


async def test_values_of_python_are_written_as_json() -> None:
    gateway = FakeGateway()
    async with client_of(gateway) as client:
        await client.send(visit(1, occurred_at=datetime(2026, 11, 22, tzinfo=UTC)))
        with pytest.raises(InvalidEvent, match="cannot be written as JSON"):
            await client.send(visit(2, properties=object()))
    assert gateway.bodies == [[visit(1, occurred_at="2026-11-22T00:00:00Z")]]


async def test_what_the_gateway_refuses_is_an_invalid_event_with_its_field() -> None:
    event = visit(1)
    del event["event_id"]
    async with client_of(FakeGateway()) as client:
        with pytest.raises(InvalidEvent) as refused:
            await client.send(event)
        assert (refused.value.field, refused.value.reason) == ("event_id", "is missing")
        nameless = visit(3)
        del nameless["customer_email"]
        results = await client.send_batch([visit(2), event, nameless])
    assert [one.status for one in results] == ["accepted", "refused", "waiting"]
    with pytest.raises(InvalidEvent):
        results[1].raise_for_refusal()


async def test_a_batch_is_split_by_number() -> None:
    gateway = FakeGateway()
    async with client_of(gateway) as client:
        results = await client.send_batch(visit(number) for number in range(2 * MAX_BATCH_EVENTS + 1))
    assert [len(body) for body in gateway.bodies] == [MAX_BATCH_EVENTS, MAX_BATCH_EVENTS, 1]
    assert [one.event_id for one in results] == [f"v-{number}" for number in range(2 * MAX_BATCH_EVENTS + 1)]


async def test_a_batch_is_split_by_size_and_an_event_that_fits_nowhere_is_refused() -> None:
    gateway = FakeGateway()
    events = [visit(number, name="x" * 300_000) for number in range(7)]
    events.insert(2, visit(99, name="x" * MAX_EVENT_BYTES))
    async with client_of(gateway) as client:
        results = await client.send_batch(events)
    assert max(len(request.content) for request in gateway.requests) <= MAX_EVENT_BYTES
    assert [one.status for one in results] == ["accepted", "accepted", "refused", *["accepted"] * 5]
    assert results[2].event_id == "v-99"
    assert str(results[2].error) == f"body: is larger than {MAX_EVENT_BYTES} bytes"
    assert [event for body in gateway.bodies for event in body] == [
        event for event in events if event["event_id"] != "v-99"
    ]


@pytest.mark.parametrize("size", range(MAX_EVENT_BYTES - 400, MAX_EVENT_BYTES - 100, 37))
async def test_no_request_is_larger_than_the_gateway_takes(size: int) -> None:
    gateway = FakeGateway()
    async with client_of(gateway) as client:
        await client.send_batch([visit(1, name="x" * (size // 2)), visit(2, name="x" * (size // 2))])
    assert max(len(request.content) for request in gateway.requests) <= MAX_EVENT_BYTES


@pytest.mark.parametrize(
    "failure",
    [
        httpx2.ConnectError("refused"),
        httpx2.ReadTimeout("slow"),
        httpx2.RemoteProtocolError("cut off"),
        *(httpx2.Response(status) for status in (408, 429, 500, 502, 503, 504)),
    ],
    ids=str,
)
async def test_it_retries_what_may_go_better_with_the_same_bytes(failure: httpx2.Response | Exception) -> None:
    gateway = FakeGateway(failure, failure)
    async with client_of(gateway) as client:
        assert (await client.send(visit(1))).status == "accepted"
    assert len({request.content for request in gateway.requests}) == 1
    assert len(gateway.requests) == 3


async def test_it_gives_up_and_says_what_was_accepted_before() -> None:
    down = httpx2.Response(503, headers={"Retry-After": "0"})
    accepted = httpx2.Response(202, json={"results": [result(n, visit(n)) for n in range(MAX_BATCH_EVENTS)]})
    gateway = FakeGateway(accepted, down, down, down, down)
    async with client_of(gateway) as client:
        with pytest.raises(ServiceUnavailable) as failed:
            await client.send_batch(visit(number) for number in range(MAX_BATCH_EVENTS + 5))
    error = failed.value
    assert isinstance(error, GatewayUnavailable)
    assert (error.attempts, error.status, error.retry_after) == (4, 503, 0.0)
    assert len(error.results) == MAX_BATCH_EVENTS
    assert "ada" not in str(error)


async def test_it_pauses_as_long_as_the_gateway_asks_and_gives_up_at_once_if_that_is_too_long() -> None:
    begin = time.monotonic()
    async with client_of(FakeGateway(httpx2.Response(503, headers={"Retry-After": "1"}))) as client:
        await client.send(visit(1))
    assert time.monotonic() - begin >= 1
    gateway = FakeGateway(httpx2.Response(503, headers={"Retry-After": "3600"}))
    async with client_of(gateway) as client:
        with pytest.raises(GatewayUnavailable) as failed:
            await client.send(visit(1))
    assert failed.value.retry_after == 3600
    assert len(gateway.requests) == 1


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413, 415])
async def test_a_rejected_request_is_not_repeated(status: int) -> None:
    gateway = FakeGateway(httpx2.Response(status, json={"detail": "the token is for something else"}))
    async with client_of(gateway) as client:
        with pytest.raises(GatewayRefused) as refused:
            await client.send(visit(1))
    assert (refused.value.status, refused.value.detail) == (status, "the token is for something else")
    assert len(gateway.requests) == 1


@pytest.mark.parametrize(
    "response",
    [
        httpx2.Response(200, text="<html>welcome to the wireless network</html>"),
        httpx2.Response(202, json={"results": []}),
        httpx2.Response(202, json=[1]),
    ],
    ids=["a page", "too few results", "something else"],
)
async def test_an_answer_that_is_no_gateways_is_no_success(response: httpx2.Response) -> None:
    async with client_of(FakeGateway(response)) as client:
        with pytest.raises(GatewayRefused, match="not a response of the gateway"):
            await client.send(visit(1))


async def test_one_client_serves_many_tasks_and_fits_the_common_interface() -> None:
    async with client_of(FakeGateway()) as client:
        sender: EventSender = client
        results = await asyncio.gather(*(sender.send(visit(number)) for number in range(20)))
    assert [one.event_id for one in results] == [f"v-{number}" for number in range(20)]


def test_one_base_class_catches_every_error() -> None:
    for error in (
        InvalidEvent("type", "is missing"),
        GatewayUnavailable("timeout", attempts=1),
        GatewayRefused(401, "who are you"),
    ):
        assert isinstance(error, RetentionError)


class TestRetries:
    def test_pauses_grow_up_to_a_limit_and_differ(self) -> None:
        retries = Retries(first_pause=1, longest_pause=8)
        for attempt, longest in enumerate([1, 2, 4, 8, 8, 8], start=1):
            pauses = {retries.pause(attempt) for _ in range(50)}
            assert all(longest / 2 <= pause <= longest for pause in pauses)
            assert len(pauses) > 1

    def test_what_the_server_asks_for_is_the_least(self) -> None:
        assert 30 <= Retries().pause(1, retry_after=30) <= 31

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            (None, None),
            ("5", 5.0),
            ("Sun, 22 Nov 2026 10:15:30 GMT", 30.0),
            ("Sun, 22 Nov 2026 10:00:00 GMT", 0.0),
            ("soon", None),
            ("-1", None),
            ("", None),
        ],
    )
    def test_the_header_is_a_number_or_a_date(self, header: str | None, seconds: float | None) -> None:
        assert seconds_of(header, datetime(2026, 11, 22, 10, 15, tzinfo=UTC)) == seconds
