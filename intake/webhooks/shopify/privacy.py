"""Shopify's mandatory privacy topics. They carry no time, so they are dated when they arrive.

The header that names the topic is not signed, so each model requires what distinguishes it from the other two.
"""

from intake.door import references
from intake.door.incoming import PrivacyRequest, PrivacyRequestType
from intake.webhooks.contract import digest, make_event_id
from intake.webhooks.documents import Document, Maybe, NumericId, read_as, read_json
from intake.webhooks.shop_adapter import DeliveryItem, UnreadableDelivery, WebhookDelivery
from intake.webhooks.shopify.documents import SOURCE
from retention_client.fields import Address

MOST_ORDERS = 1000


class ShopifyPrivacyCustomer(Document):
    """The customer that a request is about."""

    id: Maybe[NumericId] = None
    email: Maybe[Address] = None


class ShopifyDataRequest(Document):
    """The id of a request for data."""

    id: Maybe[NumericId] = None


class ShopifyCustomerRedaction(Document):
    """A request to erase one customer."""

    customer: ShopifyPrivacyCustomer
    orders_to_redact: list[Maybe[NumericId]] | None = None
    data_request: None = None


class ShopifyCustomerDataRequest(Document):
    """A request for the data stored about one customer."""

    customer: ShopifyPrivacyCustomer
    orders_requested: list[Maybe[NumericId]] | None = None
    data_request: ShopifyDataRequest


class ShopifyShopRedaction(Document):
    """A request to erase a whole shop, sent after it removed the app."""

    shop_id: NumericId
    customer: None = None


def erasure(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """Erase a customer."""
    request = read_as(ShopifyCustomerRedaction, read_json(delivery.body))
    event_id = make_event_id(SOURCE, topic, request.customer.id or "", _request_day(delivery))
    return _privacy_request(request.customer, request.orders_to_redact, PrivacyRequestType.ERASURE, event_id, delivery)


def data(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """Export a customer's data."""
    request = read_as(ShopifyCustomerDataRequest, read_json(delivery.body))
    event_id = make_event_id(SOURCE, topic, request.customer.id or "", request.data_request.id or digest(delivery.body))
    return _privacy_request(request.customer, request.orders_requested, PrivacyRequestType.DATA, event_id, delivery)


def shop_erasure(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """Erase all customers."""
    request = read_as(ShopifyShopRedaction, read_json(delivery.body))
    event_id = make_event_id(SOURCE, topic, request.shop_id, _request_day(delivery))
    return PrivacyRequest(PrivacyRequestType.SHOP_ERASURE, event_id, delivery.received_at)


def _request_day(delivery: WebhookDelivery) -> str:
    """What distinguishes two requests of one customer, who may return and ask again in the same words: the day."""
    return f"{delivery.received_at:%Y-%m-%d}:{digest(delivery.body)}"


def _privacy_request(
    customer: ShopifyPrivacyCustomer,
    orders: list[str | None] | None,
    kind: PrivacyRequestType,
    event_id: str,
    delivery: WebhookDelivery,
) -> PrivacyRequest:
    found = [references.customer(SOURCE, customer.id)] if customer.id else []
    found += [references.order(order) for order in (orders or [])[:MOST_ORDERS] if order]
    if not customer.email and not found:
        raise UnreadableDelivery("customer: has neither e-mail address nor id")
    return PrivacyRequest(kind, event_id, delivery.received_at, customer.email, tuple(found))
