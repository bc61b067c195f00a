"""`POST /v1/customers/lookup`: by address or id, from PostgreSQL."""

from typing import Any

import httpx2
import pytest

from retention_client.identity import customer_id
from tests.starter.gateway.conftest import IDENTITY_KEY, Rows

ADA = customer_id(IDENTITY_KEY.encode(), "ada@example.com")


@pytest.fixture
async def known(rows: Rows, clean_database: None) -> None:
    """Ada is a customer."""
    await rows(
        "INSERT INTO customer_profiles (customer_id, customer_email, state, total_spend, order_count) "
        "VALUES (:id, 'ada@example.com', 'CUSTOMER', 199, 1) RETURNING 1",
        id=ADA,
    )


@pytest.mark.parametrize("asked", [{"customer_email": " Ada@Example.com "}, {"customer_id": ADA}], ids=str)
async def test_a_customer_is_found(client: httpx2.AsyncClient, known: None, asked: dict[str, str]) -> None:
    answer = await client.post("/v1/customers/lookup", json=asked)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["customer_id"], body["workflow_id"]) == (ADA, f"customer/{ADA}")
    assert body["profile"]["state"] == "CUSTOMER"
    assert body["profile"]["total_spend"] == "199.00"


async def test_nobody_else_is(client: httpx2.AsyncClient, known: None) -> None:
    answer = await client.post("/v1/customers/lookup", json={"customer_email": "eve@example.com"})
    assert answer.status_code == 404
    assert "eve" not in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        {},
        [],
        None,
        {"customer_email": "ada@example.com", "customer_id": ADA},
        {"customer_email": "nobody"},
        {"customer_email": None},
        {"customer_id": "x' OR true --"},
        {"customer_id": ADA + "\n"},
        {"customer_id": 7},
    ],
    ids=str,
)
async def test_wrong_questions_are_422(client: httpx2.AsyncClient, asked: Any) -> None:
    answer = await client.post("/v1/customers/lookup", json=asked) if asked is not None else None
    if answer is None:
        answer = await client.post(
            "/v1/customers/lookup", content=b"null", headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 422
    assert answer.json()["field"]
