"""Shopify's checkouts: a cart whose customer is known, or soon will be."""

from typing import Any

from pydantic import model_validator

from intake.door.incoming import IncomingEvent
from intake.webhooks.contract import build_event, digest, items, make_event_id, present_fields
from intake.webhooks.documents import Document, Maybe, NonBlank, read_as, read_json
from intake.webhooks.shop_adapter import DeliveryItem, UnreadableDelivery, WebhookDelivery
from intake.webhooks.shopify.documents import SOURCE, ShopifyAddress, ShopifyCustomer, ShopifyLine, customer_references
from retention_client.fields import Currency, Identifier, Link, Locale, Moment, Phone


class ShopifyCheckout(Document):
    """A checkout; `completed_at` is set once it has become an order."""

    token: Maybe[Identifier] = None
    cart_token: Maybe[Identifier] = None
    email: Maybe[NonBlank] = None
    phone: Maybe[Phone] = None
    customer: Maybe[ShopifyCustomer] = None
    customer_locale: Maybe[Locale] = None
    billing_address: Maybe[ShopifyAddress] = None
    abandoned_checkout_url: Maybe[Link] = None
    currency: Maybe[Currency] = None
    line_items: list[Maybe[ShopifyLine]]
    updated_at: Moment
    completed_at: Moment | None = None

    @model_validator(mode="after")
    def _has_a_token(self) -> "ShopifyCheckout":
        if not self.cart_id:
            raise ValueError("token: is missing")
        return self

    @property
    def cart_id(self) -> str:
        """The id by which the order names this cart later; a checkout without a cart uses its own token."""
        return self.cart_token or self.token or ""

    def items(self) -> list[dict[str, Any]]:
        """The line items; none once the checkout is completed. Raises `UnreadableDelivery` when none can be read."""
        if self.completed_at:
            return []
        found = items(line.item() for line in self.line_items if line)
        if self.line_items and not found:
            raise UnreadableDelivery("line_items: none of them can be read")
        return found


def changed(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """A checkout was begun, changed or completed.

    A completed checkout empties its cart: the event of an order that is not paid yet may come days later, and the
    customer must not be reminded of the cart in between.
    """
    checkout = read_as(ShopifyCheckout, read_json(delivery.body))
    customer, billing = checkout.customer, checkout.billing_address
    event = build_event(
        "CART_UPDATED",
        # Several changes may fall into one second, and the last of them may be the one with the address.
        make_event_id(SOURCE, topic, checkout.cart_id, digest(delivery.body)),
        checkout.completed_at or checkout.updated_at,
        customer_email=checkout.email,
        phone=checkout.phone or (customer.phone if customer else None),
        name=(customer.name if customer else None) or (billing.name if billing else None),
        locale=checkout.customer_locale,
        cart=present_fields(
            cart_id=checkout.cart_id,
            items=checkout.items(),
            currency=checkout.currency,
            url=checkout.abandoned_checkout_url,
        ),
    )
    return IncomingEvent(event, customer_references(customer))
