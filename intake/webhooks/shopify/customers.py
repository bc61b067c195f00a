"""Shopify's customers: who they are, and what they agreed to."""

from datetime import datetime

from intake.door import references
from intake.door.incoming import IncomingEvent
from intake.webhooks.contract import digest, event, event_id
from intake.webhooks.documents import Document, Filled, Maybe, Number, read_as, read_json
from intake.webhooks.shop import DeliveryItem, UnreadableDelivery, UnusableDelivery, WebhookDelivery
from intake.webhooks.shopify.parts import SOURCE, Customer, named
from retention_client.fields import Moment, Phone

GRANTED = {"subscribed": True, "unsubscribed": False, "redacted": False, "invalid": False}
"""What a state of consent says; any other, such as `pending` or `not_subscribed`, tells of no decision."""


class Account(Customer):
    """A customer's own record."""

    email: Maybe[Filled] = None
    created_at: Maybe[Moment] = None
    updated_at: Maybe[Moment] = None


class Consent(Document):
    """Where a customer stands with one channel."""

    state: Maybe[str] = None
    consent_updated_at: Maybe[Moment] = None

    @property
    def granted(self) -> bool | None:
        """What the customer decided; None when they did not."""
        return GRANTED.get((self.state or "").lower())


class EmailConsent(Document):
    """Consent to e-mail."""

    customer_id: Maybe[Number] = None
    email_address: Maybe[Filled] = None
    email_marketing_consent: Consent


class SmsConsent(Document):
    """Consent to SMS, which names no address."""

    id: Maybe[Number] = None
    phone: Maybe[Phone] = None
    sms_marketing_consent: Consent


def created(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """Somebody signed up, or ordered for the first time."""
    account = read_as(Account, read_json(delivery.body))
    return _known_now("VISITED", account, account.created_at or account.updated_at, topic, delivery)


def updated(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """A customer's record changed."""
    account = read_as(Account, read_json(delivery.body))
    return _known_now("PROFILE_UPDATED", account, account.updated_at, topic, delivery)


def email_consent(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """Somebody agreed to e-mails, or withdrew."""
    told = read_as(EmailConsent, read_json(delivery.body))
    return _decision(
        "email", told.email_marketing_consent, told.customer_id, topic, delivery, customer_email=told.email_address
    )


def sms_consent(topic: str, delivery: WebhookDelivery) -> DeliveryItem:
    """Somebody agreed to SMS, or withdrew."""
    told = read_as(SmsConsent, read_json(delivery.body))
    return _decision("sms", told.sms_marketing_consent, told.id, topic, delivery, phone=told.phone)


def _known_now(
    type_: str, account: Account, occurred_at: datetime | None, topic: str, delivery: WebhookDelivery
) -> DeliveryItem:
    if occurred_at is None:
        raise UnreadableDelivery("updated_at: is missing")
    # Several changes fall into one second, and each may tell something that the others do not.
    told_as = event_id(SOURCE, topic, account.number, digest(delivery.body))
    told = event(
        type_, told_as, occurred_at, customer_email=account.email, phone=account.phone, name=account.name or None
    )
    return IncomingEvent(told, named(account))


def _decision(
    channel: str, consent: Consent, customer: str | None, topic: str, delivery: WebhookDelivery, **whose: str | None
) -> DeliveryItem:
    told_as = event_id(SOURCE, topic, customer or "", digest(delivery.body))
    if consent.granted is None:
        return UnusableDelivery(told_as, "no decision: neither subscribed nor unsubscribed")
    told = event(
        "CONSENT_CHANGED",
        told_as,
        consent.consent_updated_at or delivery.received_at,
        channel=channel,
        granted=consent.granted,
        source=SOURCE,
        **whose,
    )
    return IncomingEvent(told, (references.customer(SOURCE, customer),) if customer else ())
