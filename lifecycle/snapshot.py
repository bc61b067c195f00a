"""A customer as JSON values, without defaults: what a run hands to the next at a continue-as-new."""

from typing import Any

from pydantic import TypeAdapter

from lifecycle.customer import Customer
from lifecycle.policy import Policy

_customer = TypeAdapter(Customer)
_policy = TypeAdapter(Policy)


def pack_customer(customer: Customer) -> dict[str, Any]:
    """The customer without defaults, which are two thirds of it, and without id and address, which the run knows."""
    packed: dict[str, Any] = _customer.dump_python(
        customer, mode="json", exclude_defaults=True, exclude={"customer_id", "email"}
    )
    return packed


def unpack_customer(customer_id: str, email: str, packed: dict[str, Any]) -> Customer:
    """The customer, with today's defaults for what was left out."""
    return _customer.validate_python({"customer_id": customer_id, "email": email, **packed})


def pack_policy(policy: Policy) -> dict[str, Any]:
    """The settings that differ from the defaults."""
    packed: dict[str, Any] = _policy.dump_python(policy, mode="json", exclude_defaults=True)
    return packed


def unpack_policy(packed: dict[str, Any]) -> Policy:
    """The policy, with today's defaults for what was left out."""
    return _policy.validate_python(packed)
