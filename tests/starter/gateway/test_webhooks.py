"""`POST /webhooks/{shop}`: verified, kept whatever is in it, and answered 200."""

import json
from datetime import UTC, datetime

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings, strategies
from pydantic import SecretStr

from settings import Settings
from tests.fixtures.failing_table import failing_table
from tests.intake.webhooks.payloads import OWN_EVENT, SHOPIFY_CHECKOUT, SHOPIFY_ERASURE, SHOPIFY_ORDER
from tests.intake.webhooks.signing import signed
from tests.starter.gateway.conftest import Open, Rows, client_of

INBOX = "SELECT event_id, type, status, source, topic, raw, last_error FROM event_inbox ORDER BY sequence"


async def tell(client: httpx2.AsyncClient, body: bytes, topic: str = "orders/paid", secret: str = "hush") -> int:
    """Deliver as Shopify does; the status of the answer."""
    headers = {**signed("shopify", body, secret).headers, "X-Shopify-Topic": topic}
    return (await client.post("/webhooks/shopify", content=body, headers=headers)).status_code


async def test_an_order_is_kept_once(stranger: httpx2.AsyncClient, rows: Rows) -> None:
    body = json.dumps(SHOPIFY_ORDER).encode()
    assert [await tell(stranger, body) for _ in range(2)] == [200, 200]
    kept = await rows(INBOX)
    assert [(row["type"], row["status"], row["source"], row["topic"]) for row in kept] == [
        ("ORDER_PAID", "RECEIVED", "shopify", "orders/paid")
    ]


async def test_a_request_for_erasure_is_kept(stranger: httpx2.AsyncClient, rows: Rows) -> None:
    assert await tell(stranger, json.dumps(SHOPIFY_ERASURE).encode(), "customers/redact") == 200
    assert [row["type"] for row in await rows(INBOX)] == ["ERASURE_REQUESTED"]


@pytest.mark.parametrize("secret", ["", "another", "hush "])
async def test_who_has_no_secret_is_turned_away(stranger: httpx2.AsyncClient, rows: Rows, secret: str) -> None:
    body = json.dumps(SHOPIFY_CHECKOUT).encode()
    headers = signed("shopify", body, secret).headers
    answer = await stranger.post("/webhooks/shopify", content=body, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert await rows(INBOX) == []


@pytest.mark.parametrize("body", [b"", b"\xff", b"{}", b"[[]]", b'{"id": 1, "email": "a@b.example"}'], ids=repr)
async def test_what_cannot_be_read_is_kept_with_its_bytes(
    stranger: httpx2.AsyncClient, rows: Rows, body: bytes
) -> None:
    assert [await tell(stranger, body) for _ in range(2)] == [200, 200]
    (kept,) = await rows(INBOX)
    assert (kept["status"], kept["raw"], kept["topic"]) == ("REFUSED", body, "orders/paid")
    assert kept["event_id"].startswith("shopify:unread:")
    assert kept["last_error"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"null", "body: must be one JSON object"),
        (b"{", "body: is not JSON ("),
        (b'{"id": 1}', "body: total_price: is missing"),
    ],
    ids=repr,
)
async def test_the_reason_is_a_sentence(stranger: httpx2.AsyncClient, rows: Rows, body: bytes, reason: str) -> None:
    await tell(stranger, body)
    (kept,) = await rows(INBOX)
    assert kept["last_error"].startswith(reason)


async def test_what_the_contract_refuses_is_kept_beside_what_it_takes(
    settings: Settings, open_app: Open, rows: Rows
) -> None:
    secret = "whsec_aHVzaC1odXNoLWh1c2g="
    app = await open_app(settings.model_copy(update={"standard_webhook_secrets": SecretStr(f"{secret},whsec_b2xk")}))
    body = json.dumps([OWN_EVENT, {**OWN_EVENT, "event_id": "till-1:18", "occurred_at": "never"}, 17]).encode()
    async with client_of(app) as client:
        headers = signed("standard", body, secret, datetime.now(UTC)).headers
        answer = await client.post("/webhooks/standard", content=body, headers=headers)
    assert answer.status_code == 200
    kept = await rows(INBOX)
    assert [(row["status"], row["event_id"].rpartition(":")[0], row["raw"]) for row in kept] == [
        ("RECEIVED", "till-1", None),
        ("REFUSED", "standard:msg_1", body),
        ("REFUSED", "standard:unread", body),
    ]


async def test_shops_without_secrets_are_not_there(stranger: httpx2.AsyncClient) -> None:
    answer = await stranger.post("/webhooks/stripe", content=b"{}")
    assert answer.status_code == 404
    assert "STRIPE_SECRETS" in answer.json()["detail"]


async def test_a_ping_is_answered_exactly_200(settings: Settings, open_app: Open, rows: Rows) -> None:
    app = await open_app(settings.model_copy(update={"woocommerce_secrets": SecretStr("hush")}))
    async with client_of(app) as client:
        assert (await client.post("/webhooks/woocommerce", data={"webhook_id": "7"})).status_code == 200
    assert await rows(INBOX) == []


async def test_too_much_is_413(stranger: httpx2.AsyncClient) -> None:
    assert await tell(stranger, b" " * 1_000_001) == 413


async def test_while_postgresql_is_away_the_shop_is_to_try_again(
    stranger: httpx2.AsyncClient, database_url: str
) -> None:
    with failing_table(database_url, "event_inbox"):
        assert await tell(stranger, json.dumps(SHOPIFY_ORDER).encode()) == 503


@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None, max_examples=80
)
@given(
    body=strategies.binary(max_size=100),
    shop=strategies.sampled_from(["shopify", "stripe", "twilio", "nobody", "%00"]),
    signature=strategies.binary(max_size=40).map(lambda given: given.translate(None, b"\r\n\0")),
    good=strategies.booleans(),
    topic=strategies.sampled_from(["orders/paid", "checkouts/update", "customers/redact", "", "\xff", "x" * 300]),
)
async def test_whatever_comes_is_answered_and_never_with_500(
    stranger: httpx2.AsyncClient, body: bytes, shop: str, signature: bytes, good: bool, topic: str
) -> None:
    own = signed("shopify", body, "hush").headers["x-shopify-hmac-sha256"].encode()
    headers = [(b"X-Shopify-Hmac-Sha256", own if good else signature), (b"X-Shopify-Topic", topic.encode("latin-1"))]
    answer = await stranger.post(f"/webhooks/{shop}", content=body, headers=headers)
    assert answer.status_code in ({200} if good and shop == "shopify" else {401, 404})
