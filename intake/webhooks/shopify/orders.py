"""Shopify's orders: paid, cancelled and refunded."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from intake.door import references
from intake.door.incoming import IncomingEvent
from intake.webhooks.contract import build_event, digest, items, make_event_id, present_fields, version
from intake.webhooks.documents import Document, Maybe, NonBlank, NumericId, read_as, read_json
from intake.webhooks.shop_adapter import DeliveryItem, UnreadableDelivery, UnusableDelivery, WebhookDelivery
from intake.webhooks.shopify.documents import (
    SOURCE,
    ShopifyAddress,
    ShopifyCustomer,
    ShopifyLine,
    ShopifyResource,
    customer_references,
)
from retention_client.fields import Currency, Identifier, Link, Locale, Moment, Money, Phone

TEST = "a test order"
IMPORTED_AFTER = timedelta(days=1)
"""An order that was created this long after it was processed was imported from another shop."""


class ShopifyOrder(ShopifyResource):
    """Fields of every delivery about an order."""

    email: Maybe[NonBlank] = None
    contact_email: Maybe[NonBlank] = None
    customer: Maybe[ShopifyCustomer] = None
    updated_at: Maybe[Moment] = None
    test: Maybe[bool] = None

    @property
    def address(self) -> str | None:
        """The customer's e-mail address; None for orders in a store or by telephone."""
        return self.email or self.contact_email

    def event_id(self, topic: str, body: bytes) -> str:
        """The id of the event in this delivery."""
        return make_event_id(SOURCE, topic, self.number, version(self.updated_at, body))


class ShopifyPaidOrder(ShopifyOrder):
    """A paid order, with amounts in the shop's currency."""

    total_price: Money
    currency: Currency
    phone: Maybe[Phone] = None
    customer_locale: Maybe[Locale] = None
    cart_token: Maybe[Identifier] = None
    checkout_token: Maybe[Identifier] = None
    order_status_url: Maybe[Link] = None
    billing_address: Maybe[ShopifyAddress] = None
    shipping_address: Maybe[ShopifyAddress] = None
    line_items: Maybe[list[Maybe[ShopifyLine]]] = None
    created_at: Maybe[Moment] = None
    processed_at: Maybe[Moment] = None

    @property
    def paid_at(self) -> datetime:
        """When it was paid. No field has this: `processed_at` is the checkout, and a bank transfer arrives days later.

        The payment caused the delivery, so it is the last change of the order. An order that was imported from another
        shop, processed long before it was created here, is dated when it was processed.
        """
        placed = self.processed_at or self.created_at or self.updated_at
        if placed is None:
            raise UnreadableDelivery("processed_at: is missing")
        if self.created_at and self.created_at - placed > IMPORTED_AFTER:
            return placed
        return max(placed, self.updated_at or placed)

    def contract(self) -> dict[str, Any]:
        """The order in the form of the contract."""
        return present_fields(
            order_id=self.number,
            total=self.total_price,
            currency=self.currency,
            cart_id=self.cart_token or self.checkout_token,
            items=items(line.item() for line in self.line_items or [] if line),
            country=self.billing_address.country_code if self.billing_address else None,
            shipping_country=self.shipping_address.country_code if self.shipping_address else None,
            url=self.order_status_url,
        )


class ShopifyCancelledOrder(ShopifyOrder):
    """A cancelled order, paid or not."""

    cancelled_at: Moment


class ShopifyTransaction(Document):
    """A transaction, successful or not. `currency` is that of the payment."""

    kind: Maybe[str] = None
    status: Maybe[str] = None
    amount: Money
    currency: Maybe[Currency] = None
    test: Maybe[bool] = None


class ShopifyRefund(ShopifyResource):
    """A refund. It names its order and no customer."""

    order_id: NumericId
    created_at: Maybe[Moment] = None
    processed_at: Maybe[Moment] = None
    transactions: list[ShopifyTransaction]


def paid(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """An order was paid."""
    order = read_as(ShopifyPaidOrder, read_json(delivery.body))
    event_id = order.event_id(topic, delivery.body)
    if order.test:
        return UnusableDelivery(event_id, TEST)
    customer, billing = order.customer, order.billing_address
    event = build_event(
        "ORDER_PAID",
        event_id,
        order.paid_at,
        customer_email=order.address,
        phone=order.phone or (customer.phone if customer else None),
        name=(customer.name if customer else None) or (billing.name if billing else None),
        locale=order.customer_locale,
        order=order.contract(),
    )
    return IncomingEvent(event, customer_references(customer))


def cancelled(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """An order was cancelled."""
    order = read_as(ShopifyCancelledOrder, read_json(delivery.body))
    event_id = order.event_id(topic, delivery.body)
    if order.test:
        return UnusableDelivery(event_id, TEST)
    event = build_event(
        "ORDER_REFUNDED",
        event_id,
        order.cancelled_at,
        customer_email=order.address,
        order_id=order.number,
        cancelled=True,
    )
    return IncomingEvent(event, (references.order(order.number), *customer_references(order.customer)))


def refunded(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """Money was refunded; only successful transactions count."""
    refund = read_as(ShopifyRefund, read_json(delivery.body))
    event_id = make_event_id(SOURCE, topic, refund.number, digest(delivery.body))
    refunds = [transaction for transaction in refund.transactions if transaction.kind == "refund"]
    if any(transaction.test for transaction in refunds):
        return UnusableDelivery(event_id, TEST)
    done = [transaction for transaction in refunds if transaction.status == "success"]
    amount = sum((transaction.amount for transaction in done), Decimal("0.00"))
    if not amount:
        pending = any(transaction.status == "pending" for transaction in refunds)
        return UnusableDelivery(
            event_id, "the refund is still pending" if pending else "no money was refunded", needs_attention=pending
        )
    occurred_at = refund.processed_at or refund.created_at
    if occurred_at is None:
        raise UnreadableDelivery("created_at: is missing")
    currencies = {transaction.currency for transaction in done}
    if len(currencies) > 1:
        raise UnreadableDelivery("transactions: are in several currencies")
    event = build_event(
        "ORDER_REFUNDED",
        event_id,
        occurred_at,
        order_id=refund.order_id,
        refund_id=refund.number,
        amount=amount,
        currency=currencies.pop(),
    )
    return IncomingEvent(event, (references.order(refund.order_id),))
