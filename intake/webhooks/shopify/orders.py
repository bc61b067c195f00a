"""Shopify's orders: paid, cancelled, and money going back."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from intake.door import references
from intake.door.incoming import IncomingEvent
from intake.webhooks.contract import digest, event, event_id, items, known, version
from intake.webhooks.documents import Document, Filled, Maybe, Number, read_as, read_json
from intake.webhooks.shop import DeliveryItem, UnreadableDelivery, UnusableDelivery, WebhookDelivery
from intake.webhooks.shopify.parts import SOURCE, Address, Customer, Line, Numbered, named
from retention_client.fields import Currency, Identifier, Link, Locale, Moment, Money, Phone

TEST = "a test order"
PASSED_ON = timedelta(days=1)


class Order(Numbered):
    """What every delivery about an order says."""

    email: Maybe[Filled] = None
    contact_email: Maybe[Filled] = None
    customer: Maybe[Customer] = None
    updated_at: Maybe[Moment] = None
    test: Maybe[bool] = None

    @property
    def address(self) -> str | None:
        """The e-mail address of whoever ordered; None at a till or over the telephone."""
        return self.email or self.contact_email

    def event_id(self, topic: str, body: bytes) -> str:
        """The id of what this delivery tells."""
        return event_id(SOURCE, topic, self.number, version(self.updated_at, body))


class PaidOrder(Order):
    """An order with its figures, in the currency of the shop."""

    total_price: Money
    currency: Currency
    phone: Maybe[Phone] = None
    customer_locale: Maybe[Locale] = None
    cart_token: Maybe[Identifier] = None
    checkout_token: Maybe[Identifier] = None
    order_status_url: Maybe[Link] = None
    billing_address: Maybe[Address] = None
    shipping_address: Maybe[Address] = None
    line_items: Maybe[list[Maybe[Line]]] = None
    created_at: Maybe[Moment] = None
    processed_at: Maybe[Moment] = None

    @property
    def paid_at(self) -> datetime:
        """When it was paid, which no field says: `processed_at` is the checkout, and a transfer comes days later.

        The payment is what changed the order last, or there would be no delivery. Only an order that was brought in
        from another shop, processed long before it was created here, counts from then.
        """
        placed = self.processed_at or self.created_at or self.updated_at
        if placed is None:
            raise UnreadableDelivery("processed_at: is missing")
        if self.created_at and self.created_at - placed > PASSED_ON:
            return placed
        return max(placed, self.updated_at or placed)

    def as_told(self) -> dict[str, Any]:
        """The order as the contract has it."""
        return known(
            order_id=self.number,
            total=self.total_price,
            currency=self.currency,
            cart_id=self.cart_token or self.checkout_token,
            items=items(line.item() for line in self.line_items or [] if line),
            country=self.billing_address.country_code if self.billing_address else None,
            shipping_country=self.shipping_address.country_code if self.shipping_address else None,
            url=self.order_status_url,
        )


class CancelledOrder(Order):
    """An order that was called off, paid or not."""

    cancelled_at: Moment


class Transaction(Document):
    """A movement of money, or the attempt of one. `currency` is that of the payment."""

    kind: Maybe[str] = None
    status: Maybe[str] = None
    amount: Money
    currency: Maybe[Currency] = None
    test: Maybe[bool] = None


class Refund(Numbered):
    """Goods or money taken back. It names its order and nobody."""

    order_id: Number
    created_at: Maybe[Moment] = None
    processed_at: Maybe[Moment] = None
    transactions: list[Transaction]


def paid(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """An order was paid."""
    order = read_as(PaidOrder, read_json(delivery.body))
    told_as = order.event_id(topic, delivery.body)
    if order.test:
        return UnusableDelivery(told_as, TEST)
    customer, billing = order.customer, order.billing_address
    told = event(
        "ORDER_PAID",
        told_as,
        order.paid_at,
        customer_email=order.address,
        phone=order.phone or (customer.phone if customer else None),
        name=(customer.name if customer else None) or (billing.name if billing else None),
        locale=order.customer_locale,
        order=order.as_told(),
    )
    return IncomingEvent(told, named(customer))


def cancelled(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """An order was called off."""
    order = read_as(CancelledOrder, read_json(delivery.body))
    told_as = order.event_id(topic, delivery.body)
    if order.test:
        return UnusableDelivery(told_as, TEST)
    told = event(
        "ORDER_REFUNDED",
        told_as,
        order.cancelled_at,
        customer_email=order.address,
        order_id=order.number,
        cancelled=True,
    )
    return IncomingEvent(told, (references.order(order.number), *named(order.customer)))


def refunded(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """Money went back, as far as its transactions succeeded."""
    refund = read_as(Refund, read_json(delivery.body))
    told_as = event_id(SOURCE, topic, refund.number, digest(delivery.body))
    movements = [found for found in refund.transactions if found.kind == "refund"]
    if any(movement.test for movement in movements):
        return UnusableDelivery(told_as, TEST)
    done = [movement for movement in movements if movement.status == "success"]
    amount = sum((movement.amount for movement in done), Decimal("0.00"))
    if not amount:
        pending = any(movement.status == "pending" for movement in movements)
        return UnusableDelivery(
            told_as, "the money is still to go back" if pending else "no money went back", look=pending
        )
    occurred_at = refund.processed_at or refund.created_at
    if occurred_at is None:
        raise UnreadableDelivery("created_at: is missing")
    currencies = {movement.currency for movement in done}
    if len(currencies) > 1:
        raise UnreadableDelivery("transactions: are in several currencies")
    told = event(
        "ORDER_REFUNDED",
        told_as,
        occurred_at,
        order_id=refund.order_id,
        refund_id=refund.number,
        amount=amount,
        currency=currencies.pop(),
    )
    return IncomingEvent(told, (references.order(refund.order_id),))
