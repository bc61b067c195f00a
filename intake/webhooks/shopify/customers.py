"""Shopify's customers: profile and consent."""

from datetime import datetime

from intake.door import references
from intake.door.incoming import IncomingEvent
from intake.webhooks.contract import build_event, digest, make_event_id
from intake.webhooks.documents import Document, Maybe, NonBlank, NumericId, read_as, read_json
from intake.webhooks.shop_adapter import DeliveryItem, UnreadableDelivery, UnusableDelivery, WebhookDelivery
from intake.webhooks.shopify.documents import SOURCE, ShopifyCustomer, customer_references
from retention_client.fields import Moment, Phone

GRANTED = {"subscribed": True, "unsubscribed": False, "redacted": False, "invalid": False}
"""The decision behind a state of consent; other states, such as `pending` or `not_subscribed`, are no decision."""


class ShopifyAccount(ShopifyCustomer):
    """A customer's account."""

    email: Maybe[NonBlank] = None
    created_at: Maybe[Moment] = None
    updated_at: Maybe[Moment] = None


class ShopifyConsent(Document):
    """A customer's consent to one channel."""

    state: Maybe[str] = None
    consent_updated_at: Maybe[Moment] = None

    @property
    def granted(self) -> bool | None:
        """The customer's decision; None when there is none."""
        return GRANTED.get((self.state or "").lower())


class ShopifyEmailConsent(Document):
    """Consent to e-mail."""

    customer_id: Maybe[NumericId] = None
    email_address: Maybe[NonBlank] = None
    email_marketing_consent: ShopifyConsent


class ShopifySmsConsent(Document):
    """Consent to SMS. It contains no e-mail address."""

    id: Maybe[NumericId] = None
    phone: Maybe[Phone] = None
    sms_marketing_consent: ShopifyConsent


def created(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """A customer signed up, or ordered for the first time."""
    account = read_as(ShopifyAccount, read_json(delivery.body))
    return _profile_event("VISITED", account, account.created_at or account.updated_at, topic, delivery)


def updated(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """A customer's account changed."""
    account = read_as(ShopifyAccount, read_json(delivery.body))
    return _profile_event("PROFILE_UPDATED", account, account.updated_at, topic, delivery)


def email_consent(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """A customer changed their consent to e-mail."""
    change = read_as(ShopifyEmailConsent, read_json(delivery.body))
    return _consent_event(
        "email",
        change.email_marketing_consent,
        change.customer_id,
        topic,
        delivery,
        customer_email=change.email_address,
    )


def sms_consent(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """A customer changed their consent to SMS."""
    change = read_as(ShopifySmsConsent, read_json(delivery.body))
    return _consent_event("sms", change.sms_marketing_consent, change.id, topic, delivery, phone=change.phone)


def _profile_event(
    type_: str, account: ShopifyAccount, occurred_at: datetime | None, topic: str, delivery: WebhookDelivery
) -> DeliveryItem:
    if occurred_at is None:
        raise UnreadableDelivery("updated_at: is missing")
    # Several changes may fall into one second, and each may contain something that the others do not.
    event_id = make_event_id(SOURCE, topic, account.number, digest(delivery.body))
    event = build_event(
        type_, event_id, occurred_at, customer_email=account.email, phone=account.phone, name=account.name or None
    )
    return IncomingEvent(event, customer_references(account))


def _consent_event(
    channel: str,
    consent: ShopifyConsent,
    number: str | None,
    topic: str,
    delivery: WebhookDelivery,
    **contact: str | None,
) -> DeliveryItem:
    event_id = make_event_id(SOURCE, topic, number or "", digest(delivery.body))
    if consent.granted is None:
        return UnusableDelivery(event_id, "no decision: neither subscribed nor unsubscribed")
    event = build_event(
        "CONSENT_CHANGED",
        event_id,
        consent.consent_updated_at or delivery.received_at,
        channel=channel,
        granted=consent.granted,
        source=SOURCE,
        **contact,
    )
    return IncomingEvent(event, (references.customer(SOURCE, number),) if number else ())
