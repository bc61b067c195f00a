"""The adapter for WooCommerce: orders as they stand after each change, told once and never again.

Every delivery carries the whole order, so one may tell of the payment and of each refund; whatever was told before
counts once. Times without a zone are UTC. Event ids are made of the topic, the order and `date_modified_gmt`, which
are signed or inside what is; the delivery's own id is not unique.
"""

import base64
import html
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from intake.door import references
from intake.door.incoming import IncomingEvent
from intake.webhooks.contract import digest, event, event_id, full_name, item, items, known, version
from intake.webhooks.documents import Document, Filled, Maybe, Number, Price, Quantity, read_as, read_json
from intake.webhooks.shop import (
    DeliveryItem,
    ShopAdapter,
    UnreadableDelivery,
    UnusableDelivery,
    UnverifiedDelivery,
    WebhookDelivery,
)
from intake.webhooks.signatures import hmac_sha256, require_match
from retention_client.fields import Country, Currency, Identifier, Money, Phone, Text

SOURCE = "woocommerce"
SIGNATURE = "x-wc-webhook-signature"
TOPIC_HEADER = "x-wc-webhook-topic"
TOPIC = re.compile(r"[a-z_.]{1,100}")
USED_TOPICS = {"order.created", "order.updated"}
PING = re.compile(rb"webhook_id=[0-9]{1,20}")

PAID = {"processing", "completed"}
TAKEN_BACK = {"refunded", "cancelled", "failed"}


def _unescaped(value: object) -> object:
    return html.unescape(value) if isinstance(value, str) else value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("is outside the years 1 to 9999") from None


def _without_sign(value: object) -> str:
    return str(value).removeprefix("-")


Unescaped = Annotated[Text, BeforeValidator(_unescaped)]
UtcMoment = Annotated[datetime, AfterValidator(_in_utc)]


class Contact(Document):
    """The address of a bill or a parcel."""

    first_name: Maybe[Unescaped] = None
    last_name: Maybe[Unescaped] = None
    email: Maybe[Filled] = None
    phone: Maybe[Phone] = None
    country: Maybe[Country] = None


class Line(Document):
    """A line of an order; `price` is per piece, after discounts, with all its digits."""

    name: Maybe[Unescaped] = None
    sku: Maybe[Identifier] = None
    variation_id: Maybe[Number] = None
    product_id: Maybe[Number] = None
    quantity: Maybe[Quantity] = None
    price: Maybe[Price] = None

    def item(self) -> dict[str, Any]:
        """The line as the contract has it."""
        return item((self.sku, self.variation_id, self.product_id), self.name, self.quantity, self.price)


class Refund(Document):
    """Money that went back; `total` comes with a minus sign."""

    id: Number
    total: Annotated[Money, BeforeValidator(_without_sign)]


class Order(Document):
    """An order as it stands. `customer_id` 0 is a guest."""

    id: Number
    status: str
    currency: Currency
    total: Money
    customer_id: Maybe[Number] = None
    date_modified_gmt: Maybe[UtcMoment] = None
    date_paid_gmt: UtcMoment | None = None
    billing: Maybe[Contact] = None
    shipping: Maybe[Contact] = None
    line_items: Maybe[list[Maybe[Line]]] = None
    refunds: list[Refund] | None = None


def verify(delivery: WebhookDelivery, secrets: Sequence[str], _now: datetime) -> None:
    """The header holds base64 of the HMAC of the body with the webhook's secret. It tells no time."""
    given = delivery.headers.get(SIGNATURE)
    if not given:
        raise UnverifiedDelivery("there is no signature")
    require_match(map(base64.b64encode, hmac_sha256(secrets, delivery.body)), [given])


def read(delivery: WebhookDelivery) -> tuple[DeliveryItem, ...]:
    """What a delivery tells. Raises `UnreadableDelivery`."""
    named = topic(delivery)
    if named is None:
        raise UnreadableDelivery("the header names no topic")
    if named not in USED_TOPICS:
        return (
            UnusableDelivery(event_id(SOURCE, named, digest(delivery.body)), "this topic tells nothing that is used"),
        )
    order = read_as(Order, read_json(delivery.body))
    told_as = event_id(SOURCE, named, order.id, version(order.date_modified_gmt, delivery.body))
    return tuple(_facts(order, told_as)) or (UnusableDelivery(told_as, "the order is not paid"),)


def topic(delivery: WebhookDelivery) -> str | None:
    """The kind of a delivery, such as `order.updated`; None when the header is no topic."""
    named = delivery.headers.get(TOPIC_HEADER, "")
    return named if TOPIC.fullmatch(named) else None


def is_ping(delivery: WebhookDelivery) -> bool:
    """Whether it is the unsigned form that is sent when a webhook is saved."""
    return SIGNATURE not in delivery.headers and PING.fullmatch(delivery.body) is not None


def _facts(order: Order, told_as: str) -> Iterator[IncomingEvent]:
    if order.date_paid_gmt is None:
        return
    names = (references.order(order.id), *_customer(order))
    address = order.billing.email if order.billing else None
    changed_at = order.date_modified_gmt or order.date_paid_gmt
    if order.status in PAID:
        yield IncomingEvent(_payment(order, told_as, order.date_paid_gmt), names)
        for refund in order.refunds or []:
            given_back = event(
                "ORDER_REFUNDED",
                event_id(told_as, "refund", refund.id),
                changed_at,
                customer_email=address,
                order_id=order.id,
                refund_id=refund.id,
                amount=refund.total,
                currency=order.currency,
            )
            yield IncomingEvent(given_back, names)
    elif order.status in TAKEN_BACK:
        # The payment may have been told of in the same second.
        undone = event(
            "ORDER_REFUNDED",
            event_id(told_as, "undone"),
            changed_at,
            customer_email=address,
            order_id=order.id,
            cancelled=True,
        )
        yield IncomingEvent(undone, names)


def _payment(order: Order, told_as: str, paid_at: datetime) -> dict[str, Any]:
    billing, shipping = order.billing or Contact(), order.shipping or Contact()
    return event(
        "ORDER_PAID",
        told_as,
        paid_at,
        customer_email=billing.email,
        phone=billing.phone,
        name=full_name(billing.first_name, billing.last_name),
        order=known(
            order_id=order.id,
            total=order.total,
            currency=order.currency,
            items=items(line.item() for line in order.line_items or [] if line),
            country=billing.country,
            shipping_country=shipping.country,
        ),
    )


def _customer(order: Order) -> tuple[str, ...]:
    return (references.customer(SOURCE, order.customer_id),) if order.customer_id else ()


WOOCOMMERCE = ShopAdapter(
    SOURCE, "woocommerce_secrets", verify, read, topic, topic_header=TOPIC_HEADER, is_ping=is_ping
)
