"""`GET /metrics`: figures by route and outcome, for operators only."""

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from operations.access.bearer_token import new_token
from starter.gateway import backlog, bearer
from tests.starter.gateway.bodies import refund, visit
from tests.starter.gateway.conftest import client_of


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and labels."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_requests_and_events_are_counted(client: httpx2.AsyncClient) -> None:
    await client.post("/v1/events", json=[visit("v-1"), visit("v-2"), {"type": "?"}, refund()])
    await client.post("/v1/events", json={"type": "?"})
    await client.get("/ada@example.com")
    answer = await client.get("/metrics")
    found = figures(answer.text)
    assert answer.headers["content-type"].startswith("text/plain")
    assert found["retention_gateway_requests_total", "/v1/events", "202", "POST"] == 1
    assert found["retention_gateway_requests_total", "/v1/events", "422", "POST"] == 1
    assert found["retention_gateway_requests_total", "404", "GET", "none"] == 1
    assert found["retention_gateway_request_seconds_count", "/v1/events", "POST"] == 2
    assert found["retention_gateway_events_total", "accepted", "http"] == 2
    assert found["retention_gateway_events_total", "http", "refused"] == 2
    assert found["retention_gateway_events_total", "http", "waiting"] == 1
    assert "ada" not in answer.text


async def test_the_backlog_is_told(client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    await client.post("/v1/events", json=[visit("v-1"), visit("v-2")])
    monkeypatch.setattr(backlog, "LOOK_EVERY_SECONDS", 0)
    found = figures((await client.get("/metrics")).text)
    assert found["retention_gateway_backlog_events",] == 2


async def test_they_are_told_while_postgresql_is_away(
    app: FastAPI, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, OSError())

    before = figures((await client.get("/metrics")).text)
    monkeypatch.setattr(bearer, "list_tokens", away)
    monkeypatch.setattr(bearer, "REMEMBERED_SECONDS", 0)
    monkeypatch.setattr(bearer, "UNKNOWN_SECONDS", 0)
    monkeypatch.setattr(backlog, "backlog", away)
    monkeypatch.setattr(backlog, "LOOK_EVERY_SECONDS", 0)
    assert (await client.post("/v1/events", json=visit())).status_code == 503
    found = figures((await client.get("/metrics")).text)
    assert found["retention_gateway_requests_total", "/v1/events", "503", "POST"] == 1
    assert found["retention_gateway_backlog_events",] == before["retention_gateway_backlog_events",]
    async with client_of(app, new_token().text) as unknown:
        assert (await unknown.get("/metrics")).status_code == 503
