"""`POST /v1/customers/lookup`: where a customer stands. A POST, so that no address stands in a URL."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, ValidationError

from db.customers.records import StoredProfile, load_profile
from operations.access.bearer_token import Scope
from retention_client.fields import Address
from retention_client.identity import customer_id, workflow_id
from starter.gateway.bearer import Bearer
from starter.gateway.body import read_json
from starter.gateway.context import GatewayContext
from starter.gateway.problems import Problem, wrong
from starter.gateway.reference import OF_BODIES, OF_TOKENS, json_body, problems

CustomerId = Annotated[str, Field(pattern="^[A-Z2-7]{26}$")]


class ByEmail(BaseModel):
    """Who is asked about, by their address."""

    customer_email: Address


class ById(BaseModel):
    """Who is asked about, by the id that stands in workflow ids and logs."""

    customer_id: CustomerId


class Customer(BaseModel):
    """What PostgreSQL knows of a customer."""

    customer_id: str
    workflow_id: str
    profile: StoredProfile


def customers(front: GatewayContext, bearer: Bearer, identity_key: bytes) -> APIRouter:
    """The route for questions about customers."""
    router = APIRouter(tags=["customers"], dependencies=[Depends(bearer.needs(Scope.CUSTOMERS))])

    @router.post(
        "/v1/customers/lookup",
        responses=problems(*OF_TOKENS, *OF_BODIES, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
        openapi_extra=json_body(
            {"oneOf": [ByEmail.model_json_schema(), ById.model_json_schema()]},
            {
                "By address": {"customer_email": "ada@example.com"},
                "By id": {"customer_id": "K3VZ6JXUHGQ2M4TBN5WYD7RACE"},
            },
        ),
    )
    async def look_up(request: Request) -> Customer:
        """State, totals and consent of the customer with this address, or with this id."""
        whose = _whose(identity_key, await read_json(request))
        profile = await load_profile(front.engine, whose)
        if profile is None:
            raise Problem(HTTPStatus.NOT_FOUND, "nothing is known of this customer")
        return Customer(customer_id=whose, workflow_id=workflow_id(whose), profile=profile)

    return router


def _whose(identity_key: bytes, asked: object) -> str:
    if not isinstance(asked, dict) or len({"customer_email", "customer_id"} & asked.keys()) != 1:
        raise wrong("body", "must hold either customer_email or customer_id")
    try:
        if "customer_id" in asked:
            return ById.model_validate(asked).customer_id
        email = ByEmail.model_validate(asked).customer_email
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise wrong(str(problem["loc"][0]), problem["msg"].removeprefix("Value error, ")) from None
    return customer_id(identity_key, email)
