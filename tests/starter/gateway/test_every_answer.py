"""What all answers have in common: problem details, an id, headers for browsers, and a log without personal data."""

import re

import httpx2
import pytest
from structlog.testing import capture_logs

from settings import Settings
from tests.starter.gateway.bodies import visit
from tests.starter.gateway.conftest import Open, client_of


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/events", 405),
        ("DELETE", "/healthz", 405),
        ("BREW", "/v1/events", 405),
        ("POST", "/webhooks/nobody", 404),
        ("GET", "/%00%ff/..%2f", 404),
        ("POST", "/v1/events/", 404),
        ("POST", "/webhooks/shopify/", 404),
        ("GET", "/u/token/", 404),
    ],
)
async def test_what_is_not_there_is_a_problem(
    stranger: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await stranger.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_watchers_may_ask_by_head(stranger: httpx2.AsyncClient, path: str) -> None:
    assert (await stranger.head(path)).status_code == (await stranger.get(path)).status_code == 200


@pytest.mark.parametrize("given", ["a", "7f3c-A.b_9", "x" * 64])
async def test_a_request_id_is_taken_over(stranger: httpx2.AsyncClient, given: str) -> None:
    with capture_logs() as logs:
        answer = await stranger.get("/healthz", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] == given
    assert logs[-1]["event"] == "request"


@pytest.mark.parametrize("given", ["", "ada@example.com", "x" * 65, "two words", "a\tb"])
async def test_one_that_is_odd_is_replaced(stranger: httpx2.AsyncClient, given: str) -> None:
    answer = await stranger.get("/nowhere", headers={"X-Request-Id": given})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_the_log_tells_the_route_and_nothing_of_the_customer(client: httpx2.AsyncClient) -> None:
    with capture_logs() as logs:
        await client.post("/v1/events?who=ada@example.com", json={**visit(), "phone": "+4930123456"})
        await client.post("/v1/events", json={**visit(), "customer_email": "ada@@example.com"})
        await client.post("/v1/customers/lookup", json={"customer_email": "ada@example.com"})
        await client.get("/ada@example.com")
        await client.request("ADA", "/v1/events")
    lines = [(line["method"], line["route"], line["status"]) for line in logs if line["event"] == "request"]
    assert lines == [
        ("POST", "/v1/events", 202),
        ("POST", "/v1/events", 422),
        ("POST", "/v1/customers/lookup", 404),
        ("GET", "none", 404),
        ("other", "/v1/events", 405),
    ]
    assert not re.search("(?i)ada|4930|rt_", str(logs))


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/nowhere", "/v1/events"])
async def test_browsers_are_told_to_do_nothing_with_it(stranger: httpx2.AsyncClient, path: str) -> None:
    headers = (await stranger.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers
    assert "strict-transport-security" not in headers


async def test_seen_by_https_it_stays_so(settings: Settings, open_app: Open) -> None:
    app = await open_app(settings.model_copy(update={"public_url": "https://shop.example"}))
    async with client_of(app) as client:
        assert "max-age" in (await client.get("/healthz")).headers["strict-transport-security"]


async def test_the_page_of_the_description_needs_nobody_elses_server(stranger: httpx2.AsyncClient) -> None:
    page = await stranger.get("/docs")
    assert page.status_code == 200
    assert not re.search(r"<script|<link|<img|@import|url\(", page.text)
    assert "<code>Retry-After</code>" in page.text
    assert "`" not in re.sub("(?s)<pre>.*?</pre>", "", page.text)
    for known in ("POST /v1/events", "GET /readyz", "POST /webhooks/{shop}", "Cast Iron Skillet", "openapi.json"):
        assert known in page.text
