"""Looks up a customer by address or customer id, for the HTTP API."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.customers.records import StoredProfile, load_profile
from operations.access.errors import InvalidInput, NotFound
from retention_client.fields import Address
from retention_client.identity import customer_id, workflow_id
from retention_client.reasons import plain_reason

CustomerId = Annotated[str, Field(pattern="^[A-Z2-7]{26}$")]


class LookupByEmail(BaseModel):
    """A customer, by address."""

    customer_email: Address


class LookupById(BaseModel):
    """A customer, by the id in workflow ids and logs."""

    customer_id: CustomerId


@dataclass(frozen=True)
class FoundProfile:
    """A customer's row in PostgreSQL."""

    customer_id: str
    workflow_id: str
    profile: StoredProfile


async def look_up_customer(engine: AsyncEngine, identity_key: bytes, query: object) -> FoundProfile:
    """Return the profile for a decoded JSON query, `{"customer_email": …}` or `{"customer_id": …}`.

    Raises `InvalidInput` with the field that is wrong, and `NotFound`.
    """
    found_id = _customer_id(identity_key, query)
    profile = await load_profile(engine, found_id)
    if profile is None:
        raise NotFound("there is no such customer")
    return FoundProfile(found_id, workflow_id(found_id), profile)


def _customer_id(identity_key: bytes, query: object) -> str:
    if not isinstance(query, dict) or len({"customer_email", "customer_id"} & query.keys()) != 1:
        raise InvalidInput("must contain either customer_email or customer_id", field="body")
    try:
        if "customer_id" in query:
            return LookupById.model_validate(query).customer_id
        email = LookupByEmail.model_validate(query).customer_email
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise InvalidInput(plain_reason(problem), field=str(problem["loc"][0])) from None
    return customer_id(identity_key, email)
