"""`POST /v1/customers/lookup`: a customer's profile. A POST, so that no address appears in a URL."""

from http import HTTPStatus

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from db.customers.records import StoredProfile
from operations.access.errors import InvalidInput, NotFound
from operations.access.tokens import TokenScope
from operations.customers.lookup import LookupByEmail, LookupById, look_up_customer
from starter.gateway.body import read_json
from starter.gateway.context import GatewayContext
from starter.gateway.problems import Problem, wrong
from starter.gateway.reference import OF_BODIES, OF_TOKENS, json_body, problems
from starter.gateway.token_check import TokenCheck


class CustomerAnswer(BaseModel):
    """What PostgreSQL stores about a customer."""

    customer_id: str
    workflow_id: str
    profile: StoredProfile


def customers(context: GatewayContext, bearer: TokenCheck, identity_key: bytes) -> APIRouter:
    """The route that looks up customers."""
    router = APIRouter(tags=["customers"], dependencies=[Depends(bearer.needs(TokenScope.CUSTOMERS))])

    @router.post(
        "/v1/customers/lookup",
        responses=problems(*OF_TOKENS, *OF_BODIES, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
        openapi_extra=json_body(
            {"oneOf": [LookupByEmail.model_json_schema(), LookupById.model_json_schema()]},
            {
                "By address": {"customer_email": "ada@example.com"},
                "By id": {"customer_id": "K3VZ6JXUHGQ2M4TBN5WYD7RACE"},
            },
        ),
    )
    async def look_up(request: Request) -> CustomerAnswer:
        """State, totals and consent of the customer with this address, or with this id."""
        query = await read_json(request)
        try:
            found = await look_up_customer(context.engine, identity_key, query)
        except InvalidInput as error:
            raise wrong(error.field or "body", error.reason) from None
        except NotFound as error:
            raise Problem(HTTPStatus.NOT_FOUND, error.reason) from None
        return CustomerAnswer(customer_id=found.customer_id, workflow_id=found.workflow_id, profile=found.profile)

    return router
