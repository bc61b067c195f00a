"""Shopify's checkouts: a cart whose owner is known, or soon will be."""

from typing import Any

from pydantic import model_validator

from intake.door.incoming import IncomingEvent
from intake.webhooks.contract import digest, event, event_id, items, known
from intake.webhooks.documents import Document, Filled, Maybe, read_as, read_json
from intake.webhooks.shop import DeliveryItem, UnreadableDelivery, WebhookDelivery
from intake.webhooks.shopify.parts import SOURCE, Address, Customer, Line, named
from retention_client.fields import Currency, Identifier, Link, Locale, Moment, Phone


class Checkout(Document):
    """A cart on its way to becoming an order; `completed_at` once it is one."""

    token: Maybe[Identifier] = None
    cart_token: Maybe[Identifier] = None
    email: Maybe[Filled] = None
    phone: Maybe[Phone] = None
    customer: Maybe[Customer] = None
    customer_locale: Maybe[Locale] = None
    billing_address: Maybe[Address] = None
    abandoned_checkout_url: Maybe[Link] = None
    currency: Maybe[Currency] = None
    line_items: list[Maybe[Line]]
    updated_at: Moment
    completed_at: Moment | None = None

    @model_validator(mode="after")
    def _has_a_token(self) -> "Checkout":
        if not self.cart_id:
            raise ValueError("token: is missing")
        return self

    @property
    def cart_id(self) -> str:
        """By which the order names it later; a checkout that came from no cart goes by its own token."""
        return self.cart_token or self.token or ""

    def items(self) -> list[dict[str, Any]]:
        """What lies in the cart; nothing once it is bought. Raises `UnreadableDelivery` when that cannot be told."""
        if self.completed_at:
            return []
        found = items(line.item() for line in self.line_items if line)
        if self.line_items and not found:
            raise UnreadableDelivery("line_items: none of them can be read")
        return found


def changed(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """A checkout was begun, changed or completed.

    A completed one empties its cart: an order that is still to be paid is told of days later, and nobody is to be
    reminded of a cart meanwhile.
    """
    checkout = read_as(Checkout, read_json(delivery.body))
    customer, billing = checkout.customer, checkout.billing_address
    told = event(
        "CART_UPDATED",
        # Several changes fall into one second, and the last of them may be the one with the address.
        event_id(SOURCE, topic, checkout.cart_id, digest(delivery.body)),
        checkout.completed_at or checkout.updated_at,
        customer_email=checkout.email,
        phone=checkout.phone or (customer.phone if customer else None),
        name=(customer.name if customer else None) or (billing.name if billing else None),
        locale=checkout.customer_locale,
        cart=known(
            cart_id=checkout.cart_id,
            items=checkout.items(),
            currency=checkout.currency,
            url=checkout.abandoned_checkout_url,
        ),
    )
    return IncomingEvent(told, named(customer))
