"""The adapter for WooCommerce, which delivers each change of an order once and never retries.

Every delivery contains the whole order, so it yields the payment and each refund; duplicates are ignored later. Times
without a zone are UTC. Event ids consist of the topic, the order and `date_modified_gmt`, which are signed or part of
the signed body; the delivery's own id is not unique.
"""

import html
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from intake.door import references
from intake.door.incoming import IncomingEvent
from intake.webhooks.contract import build_event, digest, full_name, item, items, make_event_id, present_fields, version
from intake.webhooks.documents import Document, Maybe, NonBlank, NumericId, Price, Quantity, read_as, read_json
from intake.webhooks.shop_adapter import (
    DeliveryItem,
    ShopAdapter,
    UnreadableDelivery,
    UnusableDelivery,
    WebhookDelivery,
)
from intake.webhooks.signatures import require_base64_hmac
from retention_client.fields import Country, Currency, Identifier, Money, Phone, Text

SOURCE = "woocommerce"
SIGNATURE = "x-wc-webhook-signature"
TOPIC_HEADER = "x-wc-webhook-topic"
TOPIC = re.compile(r"[a-z_.]{1,100}")
USED_TOPICS = {"order.created", "order.updated"}
PING = re.compile(rb"webhook_id=[0-9]{1,20}")

PAID = {"processing", "completed"}
UNDONE = {"refunded", "cancelled", "failed"}


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


class WooCommerceAddress(Document):
    """A billing or shipping address."""

    first_name: Maybe[Unescaped] = None
    last_name: Maybe[Unescaped] = None
    email: Maybe[NonBlank] = None
    phone: Maybe[Phone] = None
    country: Maybe[Country] = None


class WooCommerceLine(Document):
    """A line item; `price` is per piece, after discounts, unrounded."""

    name: Maybe[Unescaped] = None
    sku: Maybe[Identifier] = None
    variation_id: Maybe[NumericId] = None
    product_id: Maybe[NumericId] = None
    quantity: Maybe[Quantity] = None
    price: Maybe[Price] = None

    def item(self) -> dict[str, Any]:
        """The line item in the form of the contract."""
        return item((self.sku, self.variation_id, self.product_id), self.name, self.quantity, self.price)


class WooCommerceRefund(Document):
    """A refund; `total` has a minus sign."""

    id: NumericId
    total: Annotated[Money, BeforeValidator(_without_sign)]


class WooCommerceOrder(Document):
    """An order in its current state. `customer_id` 0 is a guest."""

    id: NumericId
    status: str
    currency: Currency
    total: Money
    customer_id: Maybe[NumericId] = None
    date_modified_gmt: Maybe[UtcMoment] = None
    date_paid_gmt: UtcMoment | None = None
    billing: Maybe[WooCommerceAddress] = None
    shipping: Maybe[WooCommerceAddress] = None
    line_items: Maybe[list[Maybe[WooCommerceLine]]] = None
    refunds: list[WooCommerceRefund] | None = None


def verify(delivery: WebhookDelivery, secrets: Sequence[str], _now: datetime) -> None:
    """Check the header: base64 of the HMAC of the body with the webhook's secret. It has no time."""
    require_base64_hmac(delivery.headers.get(SIGNATURE), secrets, delivery.body)


def read(delivery: WebhookDelivery) -> tuple[DeliveryItem, ...]:
    """The events in a delivery. Raises `UnreadableDelivery`."""
    topic_name = topic(delivery)
    if topic_name is None:
        raise UnreadableDelivery("the header names no topic")
    if topic_name not in USED_TOPICS:
        return (UnusableDelivery(make_event_id(SOURCE, topic_name, digest(delivery.body)), "this topic is not used"),)
    order = read_as(WooCommerceOrder, read_json(delivery.body))
    event_id = make_event_id(SOURCE, topic_name, order.id, version(order.date_modified_gmt, delivery.body))
    return tuple(_events(order, event_id)) or (UnusableDelivery(event_id, "the order is not paid"),)


def topic(delivery: WebhookDelivery) -> str | None:
    """The delivery's topic, such as `order.updated`; None when the header is missing or not a topic."""
    value = delivery.headers.get(TOPIC_HEADER, "")
    return value if TOPIC.fullmatch(value) else None


def is_ping(delivery: WebhookDelivery) -> bool:
    """Whether it is the unsigned form that WooCommerce sends when a webhook is saved."""
    return SIGNATURE not in delivery.headers and PING.fullmatch(delivery.body) is not None


def _events(order: WooCommerceOrder, event_id: str) -> Iterator[IncomingEvent]:
    if order.date_paid_gmt is None:
        return
    customer_references = (references.order(order.id), *_customer_reference(order))
    address = order.billing.email if order.billing else None
    changed_at = order.date_modified_gmt or order.date_paid_gmt
    if order.status in PAID:
        yield IncomingEvent(_payment(order, event_id, order.date_paid_gmt), customer_references)
        for refund in order.refunds or []:
            event = build_event(
                "ORDER_REFUNDED",
                make_event_id(event_id, "refund", refund.id),
                changed_at,
                customer_email=address,
                order_id=order.id,
                refund_id=refund.id,
                amount=refund.total,
                currency=order.currency,
            )
            yield IncomingEvent(event, customer_references)
    elif order.status in UNDONE:
        # The payment may have happened in the same second, so the id differs from that of the payment.
        event = build_event(
            "ORDER_REFUNDED",
            make_event_id(event_id, "undone"),
            changed_at,
            customer_email=address,
            order_id=order.id,
            cancelled=True,
        )
        yield IncomingEvent(event, customer_references)


def _payment(order: WooCommerceOrder, event_id: str, paid_at: datetime) -> dict[str, Any]:
    billing, shipping = order.billing or WooCommerceAddress(), order.shipping or WooCommerceAddress()
    return build_event(
        "ORDER_PAID",
        event_id,
        paid_at,
        customer_email=billing.email,
        phone=billing.phone,
        name=full_name(billing.first_name, billing.last_name),
        order=present_fields(
            order_id=order.id,
            total=order.total,
            currency=order.currency,
            items=items(line.item() for line in order.line_items or [] if line),
            country=billing.country,
            shipping_country=shipping.country,
        ),
    )


def _customer_reference(order: WooCommerceOrder) -> tuple[str, ...]:
    return (references.customer(SOURCE, order.customer_id),) if order.customer_id else ()


WOOCOMMERCE = ShopAdapter(
    SOURCE, "woocommerce_secrets", verify, read, topic, topic_header=TOPIC_HEADER, is_ping=is_ping
)
