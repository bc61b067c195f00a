"""The adapter for Shopify: signatures, topics, and who reads which.

An `order_id` is the number of the order, a `cart_id` the token of the cart, and money is in the shop's own currency,
whatever the customer saw. Event ids are made of the topic, the number, and `updated_at` or, where several
changes fall into one second, the body.
"""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from intake.webhooks.contract import digest, event_id
from intake.webhooks.shop import (
    DeliveryItem,
    ShopAdapter,
    UnreadableDelivery,
    UnusableDelivery,
    UnverifiedDelivery,
    WebhookDelivery,
)
from intake.webhooks.shopify import checkouts, customers, orders, privacy
from intake.webhooks.shopify.parts import SOURCE
from intake.webhooks.signatures import hmac_sha256, require_match

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
    """The header holds base64 of the HMAC of the body with the app's client secret. It tells no time."""
    given = _header(delivery, "hmac-sha256")
    if given is None:
        raise UnverifiedDelivery("there is no signature")
    require_match(map(base64.b64encode, hmac_sha256(secrets, delivery.body)), [given])


def read(delivery: WebhookDelivery) -> tuple[DeliveryItem, ...]:
    """What a delivery tells: one thing. Raises `UnreadableDelivery`."""
    named = topic(delivery)
    if named is None:
        raise UnreadableDelivery("the header names no topic")
    reader = READERS.get(named)
    if reader is None:
        return (
            UnusableDelivery(event_id(SOURCE, named, digest(delivery.body)), "this topic tells nothing that is used"),
        )
    return (reader(named, delivery),)


def topic(delivery: WebhookDelivery) -> str | None:
    """The kind of a delivery, such as `orders/paid`; None when the header is no topic."""
    named = _header(delivery, "topic") or ""
    return named if TOPIC.fullmatch(named) else None


def _header(delivery: WebhookDelivery, name: str) -> str | None:
    """A header under its older name or its newer, which has no `X-`."""
    return delivery.headers.get(f"x-shopify-{name}") or delivery.headers.get(f"shopify-{name}")


SHOPIFY = ShopAdapter(SOURCE, "shopify_secrets", verify, read, topic, topic_header="x-shopify-topic")
