"""Shopify's privacy topics, which every app has to obey: they tell no time, and act from when they come.

The header that names the topic is not signed, so each looks for what sets it apart from the other two.
"""

from intake.door import references
from intake.door.incoming import PrivacyRequest, PrivacyRequestType
from intake.webhooks.contract import digest, event_id
from intake.webhooks.documents import Document, Maybe, Number, read_as, read_json
from intake.webhooks.shop import DeliveryItem, UnreadableDelivery, WebhookDelivery
from intake.webhooks.shopify.parts import SOURCE
from retention_client.fields import Address

MOST_ORDERS = 1000


class Person(Document):
    """Whom a request is about."""

    id: Maybe[Number] = None
    email: Maybe[Address] = None


class DataRequest(Document):
    """The number of a request for data."""

    id: Maybe[Number] = None


class CustomerErasure(Document):
    """A customer is to be forgotten."""

    customer: Person
    orders_to_redact: list[Maybe[Number]] | None = None
    data_request: None = None


class CustomerData(Document):
    """A customer wants to know what is kept of them."""

    customer: Person
    orders_requested: list[Maybe[Number]] | None = None
    data_request: DataRequest


class ShopErasure(Document):
    """A shop removed the app, and everything of it is to be forgotten."""

    shop_id: Number
    customer: None = None


def erasure(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """Forget a customer."""
    asked = read_as(CustomerErasure, read_json(delivery.body))
    told_as = event_id(SOURCE, topic, asked.customer.id or "", _occasion(delivery))
    return _about(asked.customer, asked.orders_to_redact, PrivacyRequestType.ERASURE, told_as, delivery)


def data(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """Tell a customer what is kept of them."""
    asked = read_as(CustomerData, read_json(delivery.body))
    told_as = event_id(SOURCE, topic, asked.customer.id or "", asked.data_request.id or digest(delivery.body))
    return _about(asked.customer, asked.orders_requested, PrivacyRequestType.DATA, told_as, delivery)


def shop_erasure(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """Forget everybody."""
    asked = read_as(ShopErasure, read_json(delivery.body))
    told_as = event_id(SOURCE, topic, asked.shop_id, _occasion(delivery))
    return PrivacyRequest(PrivacyRequestType.SHOP_ERASURE, told_as, delivery.received_at)


def _occasion(delivery: WebhookDelivery) -> str:
    """Whoever comes back and wants to be forgotten again asks in the same words: the day tells the two apart."""
    return f"{delivery.received_at:%Y-%m-%d}:{digest(delivery.body)}"


def _about(
    person: Person, orders: list[str | None] | None, kind: PrivacyRequestType, told_as: str, delivery: WebhookDelivery
) -> PrivacyRequest:
    names = [references.customer(SOURCE, person.id)] if person.id else []
    names += [references.order(order) for order in (orders or [])[:MOST_ORDERS] if order]
    if not person.email and not names:
        raise UnreadableDelivery("customer: neither e-mail address nor id")
    return PrivacyRequest(kind, told_as, delivery.received_at, person.email, tuple(names))
