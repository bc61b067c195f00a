"""`GET /metrics`: metrics by route and outcome, for operators only."""

import itertools

import httpx2
import psycopg
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from db.engine.connections import create_engine
from operations.access.tokens import new_token
from settings import Settings
from starter.gateway.backlog import REFRESH_SECONDS
from starter.gateway.token_check import CACHE_SECONDS
from tests.starter.gateway.bodies import refund, visit
from tests.starter.gateway.conftest import Open, client_of


def samples(text: str) -> dict[tuple[str, ...], float]:
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
    found = samples(answer.text)
    assert answer.headers["content-type"].startswith("text/plain")
    assert found["retention_gateway_requests_total", "/v1/events", "202", "POST"] == 1
    assert found["retention_gateway_requests_total", "/v1/events", "422", "POST"] == 1
    assert found["retention_gateway_requests_total", "404", "GET", "none"] == 1
    assert found["retention_gateway_request_seconds_count", "/v1/events", "POST"] == 2
    assert found["retention_gateway_events_total", "accepted", "http"] == 2
    assert found["retention_gateway_events_total", "http", "refused"] == 2
    assert found["retention_gateway_events_total", "http", "waiting"] == 1
    assert "ada" not in answer.text


async def test_the_backlog_is_reported(settings: Settings, open_app: Open, token: str) -> None:
    ticks = itertools.count(0, REFRESH_SECONDS + 1)
    async with client_of(await open_app(settings, clock=lambda: next(ticks)), token) as client:
        await client.post("/v1/events", json=[visit("v-1"), visit("v-2")])
        found = samples((await client.get("/metrics")).text)
    assert found["retention_gateway_backlog_events",] == 2


async def test_metrics_are_served_while_postgresql_is_away(settings: Settings, open_app: Open, token: str) -> None:
    assert settings.database_url
    engine, ticks = create_engine(settings.database_url), itertools.count(0, CACHE_SECONDS + 1)
    app = await open_app(settings, engine=engine, clock=lambda: next(ticks))
    async with client_of(app, token) as client, client_of(app, new_token().text) as unknown:
        before = samples((await client.get("/metrics")).text)
        await engine.dispose()
        event.listen(engine.sync_engine, "do_connect", _refuse)
        assert (await client.post("/v1/events", json=visit())).status_code == 503
        found = samples((await client.get("/metrics")).text)
        assert found["retention_gateway_requests_total", "/v1/events", "503", "POST"] == 1
        assert found["retention_gateway_backlog_events",] == before["retention_gateway_backlog_events",]
        assert (await unknown.get("/metrics")).status_code == 503


def _refuse(*_: object) -> None:
    raise psycopg.OperationalError("connection refused")
