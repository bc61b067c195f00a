"""A customer by address, customer id or workflow id."""

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from operations.access.errors import InvalidInput, Unavailable
from operations.customers.find import CustomerRef, WorkflowAnswer, find_customer, query_workflow
from retention_client.identity import InvalidAddress, customer_id
from settings import Settings

KEY = "0123456789abcdef"
ADA = customer_id(KEY.encode(), "ada@example.com")
SETTINGS = Settings(_env_file=None, identity_key=SecretStr(KEY))


@pytest.mark.parametrize("given", ["Ada@Example.com", ADA, ADA.lower(), f"customer/{ADA}", f" {ADA} "])
def test_a_customer_is_found(given: str) -> None:
    assert find_customer(SETTINGS, given) == CustomerRef(ADA)


@pytest.mark.parametrize("given", ["", "ada", ADA[:-1], "é" * 26])
def test_anything_else_is_invalid(given: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        find_customer(SETTINGS, given)
    assert refused.value.field == "customer"


def test_an_invalid_address_is_refused() -> None:
    with pytest.raises(InvalidAddress):
        find_customer(SETTINGS, "ada@")


def test_an_address_requires_the_identity_key() -> None:
    with pytest.raises(Unavailable, match="IDENTITY_KEY is not set"):
        find_customer(Settings(_env_file=None, identity_key=None), "ada@example.com")


def test_the_url_quotes_the_workflow_id() -> None:
    assert CustomerRef(ADA).ui_url(SETTINGS).endswith(f"/namespaces/default/workflows/customer%2F{ADA}")


async def test_a_customer_without_a_workflow_has_a_problem_in_place_of_an_answer(temporal: Client) -> None:
    unknown = CustomerRef("Z" * 26)
    assert await query_workflow(temporal, unknown) == WorkflowAnswer(problem="no workflow has been started")
