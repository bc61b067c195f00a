"""A customer as they travel from one run to the next: JSON values, without what is as it always is at first."""

from typing import Any

from pydantic import TypeAdapter

from lifecycle.customer import Customer
from lifecycle.policy import Policy

_customer = TypeAdapter(Customer)
_policy = TypeAdapter(Policy)


def pack_customer(customer: Customer) -> dict[str, Any]:
    """The customer without defaults, which are two thirds of it, and without who it is, which its holder knows."""
    packed: dict[str, Any] = _customer.dump_python(
        customer, mode="json", exclude_defaults=True, exclude={"customer_id", "email"}
    )
    return packed


def unpack_customer(customer_id: str, email: str, packed: dict[str, Any]) -> Customer:
    """The customer again, with the defaults of today for what was left out."""
    return _customer.validate_python({"customer_id": customer_id, "email": email, **packed})


def pack_policy(policy: Policy) -> dict[str, Any]:
    """The figures that differ from the brief's."""
    packed: dict[str, Any] = _policy.dump_python(policy, mode="json", exclude_defaults=True)
    return packed


def unpack_policy(packed: dict[str, Any]) -> Policy:
    """The policy again."""
    return _policy.validate_python(packed)
