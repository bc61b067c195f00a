"""The adapter for Shopify: signatures, topics, and the function that reads each topic.

An `order_id` is the number of the order and a `cart_id` the token of the cart. Money is in the shop's currency, even if
the customer saw another. Event ids consist of the topic, the number, and `updated_at` or, where several changes may
happen within one second, a digest of the body.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from intake.webhooks.contract import digest, make_event_id
from intake.webhooks.shop_adapter import (
    DeliveryItem,
    ShopAdapter,
    UnreadableDelivery,
    UnusableDelivery,
    WebhookDelivery,
)
from intake.webhooks.shopify import checkouts, customers, orders, privacy
from intake.webhooks.shopify.documents import SOURCE
from intake.webhooks.signatures import require_base64_hmac

TOPIC = re.compile(r"[a-z_]{1,49}/[a-z_]{1,49}")

READERS: Mapping[str, Callable[[str, WebhookDelivery], DeliveryItem]] = {
    "orders/paid": orders.paid,
    "orders/cancelled": orders.cancelled,
    "refunds/create": orders.refunded,
    "checkouts/create": checkouts.changed,
    "checkouts/update": checkouts.changed,
    "customers/create": customers.created,
    "customers/update": customers.updated,
    "customers_email_marketing_consent/update": customers.email_consent,
    "customers_marketing_consent/update": customers.sms_consent,
    "customers/redact": privacy.erasure,
    "customers/data_request": privacy.data,
    "shop/redact": privacy.shop_erasure,
}


def verify(delivery: WebhookDelivery, secrets: Sequence[str], _now: datetime) -> None:
    """Check the header: base64 of the HMAC of the body with the app's client secret. It has no time."""
    require_base64_hmac(_header(delivery, "hmac-sha256"), secrets, delivery.body)


def read(delivery: WebhookDelivery) -> tuple[DeliveryItem, ...]:
    """The one item of a delivery. Raises `UnreadableDelivery`."""
    topic_name = topic(delivery)
    if topic_name is None:
        raise UnreadableDelivery("the header names no topic")
    reader = READERS.get(topic_name)
    if reader is None:
        return (UnusableDelivery(make_event_id(SOURCE, topic_name, digest(delivery.body)), "this topic is not used"),)
    return (reader(topic_name, delivery),)


def topic(delivery: WebhookDelivery) -> str | None:
    """The delivery's topic, such as `orders/paid`; None when the header is missing or not a topic."""
    value = _header(delivery, "topic") or ""
    return value if TOPIC.fullmatch(value) else None


def _header(delivery: WebhookDelivery, name: str) -> str | None:
    """A header by its older name or its newer one, which has no `X-`."""
    return delivery.headers.get(f"x-shopify-{name}") or delivery.headers.get(f"shopify-{name}")


SHOPIFY = ShopAdapter(SOURCE, "shopify_secrets", verify, read, topic, topic_header="x-shopify-topic")
