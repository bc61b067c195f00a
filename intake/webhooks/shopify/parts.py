"""What several of Shopify's deliveries are made of."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, model_validator

from intake.door import references
from intake.webhooks.contract import full_name, item
from intake.webhooks.documents import Document, Maybe, Number, Price, Quantity
from retention_client.fields import Country, Identifier, Phone, Text

SOURCE = "shopify"

_GLOBAL = re.compile(r"gid://shopify/[A-Za-z]+/([1-9][0-9]{0,19})")


def _last_number(value: str) -> str:
    found = _GLOBAL.fullmatch(value)
    if found is None:
        raise ValueError("is not a global id")
    return found[1]


class Numbered(Document):
    """Something with an id. Whoever passes it through JavaScript rounds `id`; the global one stays exact."""

    id: Maybe[Number] = None
    admin_graphql_api_id: Maybe[Annotated[str, AfterValidator(_last_number)]] = None

    @model_validator(mode="after")
    def _has_a_number(self) -> "Numbered":
        if not self.number:
            raise ValueError("id: is missing")
        return self

    @property
    def number(self) -> str:
        """The id, as exact as it was told."""
        return self.admin_graphql_api_id or self.id or ""


class Customer(Numbered):
    """Whom the shop knows by a number."""

    first_name: Maybe[Text] = None
    last_name: Maybe[Text] = None
    phone: Maybe[Phone] = None

    @property
    def name(self) -> str:
        """First and last name; blank when neither is known."""
        return full_name(self.first_name, self.last_name)


class Address(Document):
    """Where a bill or a parcel goes."""

    name: Maybe[Text] = None
    country_code: Maybe[Country] = None


class Line(Document):
    """A line of an order or a checkout. What was typed in by hand has no SKU, nor any product."""

    id: Maybe[Number] = None
    sku: Maybe[Identifier] = None
    variant_id: Maybe[Number] = None
    product_id: Maybe[Number] = None
    title: Maybe[Text] = None
    quantity: Maybe[Quantity] = None
    price: Maybe[Price] = None

    def item(self) -> dict[str, Any]:
        """The line as the contract has it."""
        return item((self.sku, self.variant_id, self.product_id, self.id), self.title, self.quantity, self.price)


def named(customer: Customer | None) -> tuple[str, ...]:
    """The reference to a customer, if one is given."""
    return (references.customer(SOURCE, customer.number),) if customer else ()
