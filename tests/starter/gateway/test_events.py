"""`POST /v1/events`: what is right is kept and answered for, what is wrong is refused with field and reason."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from retention_client.events import MAX_EVENT_BYTES
from tests.starter.gateway.bodies import refund, visit
from tests.starter.gateway.conftest import Rows

JSON = {"Content-Type": "application/json"}


async def test_one_event_is_kept(client: httpx2.AsyncClient, rows: Rows) -> None:
    answer = await client.post("/v1/events", json=visit())
    assert answer.status_code == 202
    assert answer.json() == {"results": [{"index": 0, "event_id": "v-1", "status": "accepted"}]}
    kept = await rows("SELECT event_id, status, source FROM event_inbox")
    assert kept == [{"event_id": "v-1", "status": "RECEIVED", "source": "http"}]


@pytest.mark.parametrize("encoding", ["identity", "Identity", " IDENTITY"])
async def test_not_compressed_may_be_said(client: httpx2.AsyncClient, encoding: str) -> None:
    assert (await client.post("/v1/events", json=visit(), headers={"Content-Encoding": encoding})).status_code == 202


async def test_the_same_again_is_answered_alike_and_kept_once(client: httpx2.AsyncClient, rows: Rows) -> None:
    answers = [await client.post("/v1/events", json=visit()) for _ in range(2)]
    assert [answer.json() for answer in answers] == [answers[0].json()] * 2
    assert len(await rows("SELECT FROM event_inbox")) == 1


async def test_of_a_list_each_is_answered_in_its_place(client: httpx2.AsyncClient, rows: Rows) -> None:
    wrong = {**visit("v-2"), "customer_email": "nobody"}
    answer = await client.post("/v1/events", json=[visit("v-1"), wrong, 17, visit("v-3"), refund()])
    assert answer.status_code == 202
    assert answer.json()["results"] == [
        {"index": 0, "event_id": "v-1", "status": "accepted"},
        {
            "index": 1,
            "status": "refused",
            "field": "customer_email",
            "reason": "is not a valid e-mail address",
        },
        {"index": 2, "status": "refused", "field": "body", "reason": "must be one JSON object"},
        {"index": 3, "event_id": "v-3", "status": "accepted"},
        {"index": 4, "event_id": "refund-of-o-1", "status": "waiting"},
    ]
    assert {row["event_id"] for row in await rows("SELECT event_id FROM event_inbox")} == {
        "v-1",
        "v-3",
        "refund-of-o-1",
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**visit(), "type": "NEWS"}, "type"),
        ({**visit(), "customer_email": "nobody"}, "customer_email"),
        ({**visit(), "occurred_at": "yesterday"}, "occurred_at"),
        ({**visit(), "event_id": "nul \0"}, "event_id"),
        ({**visit(), "event_id": "x" * 300}, "event_id"),
        ({"type": "VISITED"}, "event_id"),
        ("text", "body"),
        (None, "body"),
        ([], "body"),
        ([visit(str(number)) for number in range(1001)], "body"),
    ],
    ids=str,
)
async def test_what_is_wrong_is_refused_by_field_and_reason(
    client: httpx2.AsyncClient, rows: Rows, body: Any, field: str
) -> None:
    answer = await client.post("/v1/events", content=json.dumps(body), headers=JSON)
    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (problem["status"], problem["title"], problem["field"]) == (422, "Unprocessable Entity", field)
    assert problem["reason"]
    assert await rows("SELECT FROM event_inbox") == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}x",
        b"\xff\xfe{}",
        b'{"name": "\xc3"}',
        b'{"amount": NaN}',
        b'{"amount": -Infinity}',
        b'{"name": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b"9" * 10_000,
        json.dumps(visit()).encode()[:-1] + b', "event_id": "another"}',
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_what_is_no_json_is_400(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/events", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
    ids=str,
)
async def test_other_types_are_415(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post("/v1/events", content=json.dumps(visit()).encode(), headers=headers)
    assert answer.status_code == 415


async def test_a_charset_may_be_named(client: httpx2.AsyncClient) -> None:
    body, headers = json.dumps(visit()).encode(), {"Content-Type": "application/json; charset=UTF-8"}
    assert (await client.post("/v1/events", content=body, headers=headers)).status_code == 202


async def test_a_body_may_have_a_megabyte_and_no_more(client: httpx2.AsyncClient) -> None:
    def sized(size: int) -> bytes:
        return json.dumps(visit()).encode().ljust(size)

    at_limit = await client.post("/v1/events", content=sized(MAX_EVENT_BYTES), headers=JSON)
    above = await client.post("/v1/events", content=sized(MAX_EVENT_BYTES + 1), headers=JSON)
    assert (at_limit.status_code, above.status_code) == (202, 413)


async def test_of_an_endless_body_no_more_is_read_than_may_come(client: httpx2.AsyncClient) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1000
            yield b" " * 1000

    answer = await client.post("/v1/events", content=endless(), headers=JSON)
    assert answer.status_code == 413
    assert read <= MAX_EVENT_BYTES + 2000


VALUES = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | strategies.text(),
    lambda inner: strategies.lists(inner, max_size=4) | strategies.dictionaries(strategies.text(), inner, max_size=4),
)
FIELDS = ("type", "event_id", "customer_email", "occurred_at", "phone", "name", "consent", "cart", "order", "order_id")


@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)
@given(
    body=strategies.binary(max_size=200)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | strategies.dictionaries(strategies.sampled_from(FIELDS), VALUES | strategies.sampled_from(["VISITED", "CUSTOM"]))
    .map(lambda fields: {**visit(), **fields})
    .map(lambda value: json.dumps(value).encode()),
    headers=strategies.dictionaries(
        strategies.sampled_from(["Content-Type", "Content-Encoding", "X-Request-Id", "Accept", "Expect"]),
        strategies.sampled_from(["application/json", "", "text/html; q", "100-continue", "identity", "\xff", "a" * 99]),
        max_size=3,
    ),
)
async def test_whatever_comes_is_answered_and_never_with_500(
    client: httpx2.AsyncClient, body: bytes, headers: dict[str, str]
) -> None:
    sent = {name.encode(): value.encode("latin-1") for name, value in {**JSON, **headers}.items()}
    answer = await client.post("/v1/events", content=body, headers=list(sent.items()))
    assert answer.status_code in {202, 400, 415, 422}
    assert answer.headers["content-type"] in {"application/json", "application/problem+json"}
