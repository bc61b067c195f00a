"""Documents that several of Shopify's deliveries contain."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, model_validator

from intake.door import references
from intake.webhooks.contract import full_name, item
from intake.webhooks.documents import Document, Maybe, NumericId, Price, Quantity
from retention_client.fields import Country, Identifier, Phone, Text

SOURCE = "shopify"

_GLOBAL = re.compile(r"gid://shopify/[A-Za-z]+/([1-9][0-9]{0,19})")


def _last_number(value: str) -> str:
    found = _GLOBAL.fullmatch(value)
    if found is None:
        raise ValueError("is not a global id")
    return found[1]


class ShopifyResource(Document):
    """An object with an id. JavaScript on the way rounds a large `id`; the global id stays exact."""

    id: Maybe[NumericId] = None
    admin_graphql_api_id: Maybe[Annotated[str, AfterValidator(_last_number)]] = None

    @model_validator(mode="after")
    def _has_a_number(self) -> "ShopifyResource":
        if not self.number:
            raise ValueError("id: is missing")
        return self

    @property
    def number(self) -> str:
        """The id, from the global one if it is set."""
        return self.admin_graphql_api_id or self.id or ""


class ShopifyCustomer(ShopifyResource):
    """A customer, by their number in the shop."""

    first_name: Maybe[Text] = None
    last_name: Maybe[Text] = None
    phone: Maybe[Phone] = None

    @property
    def name(self) -> str:
        """First and last name; blank when neither is set."""
        return full_name(self.first_name, self.last_name)


class ShopifyAddress(Document):
    """A billing or shipping address."""

    name: Maybe[Text] = None
    country_code: Maybe[Country] = None


class ShopifyLine(Document):
    """A line item of an order or a checkout. A custom item has neither a SKU nor a product."""

    id: Maybe[NumericId] = None
    sku: Maybe[Identifier] = None
    variant_id: Maybe[NumericId] = None
    product_id: Maybe[NumericId] = None
    title: Maybe[Text] = None
    quantity: Maybe[Quantity] = None
    price: Maybe[Price] = None

    def item(self) -> dict[str, Any]:
        """The line item in the form of the contract."""
        return item((self.sku, self.variant_id, self.product_id, self.id), self.title, self.quantity, self.price)


def customer_references(customer: ShopifyCustomer | None) -> tuple[str, ...]:
    """The reference to a customer, if there is one."""
    return (references.customer(SOURCE, customer.number),) if customer else ()
