"""The adapter for Stripe: paid checkout sessions and refunded charges.

The order id is the payment intent, which refunds name too; a session without one (a subscription) uses its own id.
Deliveries contain no line items. Event ids are those of Stripe's events, which are in the signed body.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from intake.door import references
from intake.door.incoming import IncomingEvent
from intake.webhooks.contract import build_event, make_event_id, present_fields
from intake.webhooks.documents import Document, Maybe, NonBlank, read_as, read_json
from intake.webhooks.shop_adapter import (
    DeliveryItem,
    ShopAdapter,
    UnreadableDelivery,
    UnusableDelivery,
    UnverifiedDelivery,
    WebhookDelivery,
)
from intake.webhooks.signatures import hmac_sha256, require_match, require_recent
from retention_client.fields import Country, Currency, Identifier, Locale, Moment, Phone, Text

SOURCE = "stripe"
TOPIC = re.compile(r"[a-z0-9_.]{1,100}")

WITHOUT_MINOR_UNITS = {
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
    *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
}
"""Currencies with whole units only. Stripe still counts some others without cents (ISK, UGX) in hundredths."""

WITH_THREE_DECIMALS = {"BHD", "JOD", "KWD", "OMR", "TND"}
PROMOTIONS = {"opt_in": True, "opt_out": False}


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


MinorUnits = Annotated[int, Field(ge=0, lt=10**12)]
UpperCurrency = Annotated[Currency, BeforeValidator(_upper)]


class StripeAddress(Document):
    """A postal address, of which only the country is used."""

    country: Maybe[Country] = None


class StripeContact(Document):
    """Contact details of the customer or of the recipient."""

    email: Maybe[NonBlank] = None
    name: Maybe[Text] = None
    phone: Maybe[Phone] = None
    address: Maybe[StripeAddress] = None


class StripeCollectedInformation(Document):
    """Further details that the checkout collected."""

    shipping_details: Maybe[StripeContact] = None


class StripeConsent(Document):
    """The consent that the customer gave at the checkout."""

    promotions: Maybe[str] = None


class StripeCurrencyConversion(Document):
    """The total in the shop's currency, when the customer saw another currency."""

    amount_total: MinorUnits
    source_currency: UpperCurrency


class StripeSession(Document):
    """A checkout session."""

    id: Identifier
    payment_status: str
    payment_intent: Maybe[Identifier] = None
    amount_total: MinorUnits | None = None
    currency: UpperCurrency | None = None
    currency_conversion: Maybe[StripeCurrencyConversion] = None
    customer: Maybe[Identifier] = None
    customer_details: Maybe[StripeContact] = None
    customer_email: Maybe[NonBlank] = None
    collected_information: Maybe[StripeCollectedInformation] = None
    shipping_details: Maybe[StripeContact] = None
    consent: Maybe[StripeConsent] = None
    locale: Maybe[Locale] = None

    def paid(self) -> tuple[Decimal, str]:
        """Amount and currency that were paid, in the shop's currency. Raises `UnreadableDelivery`."""
        if self.amount_total is None or self.currency is None:
            raise UnreadableDelivery("data.object.amount_total: is missing, or its currency is missing")
        converted = self.currency_conversion
        if converted and converted.source_currency != self.currency:
            return money(converted.amount_total, converted.source_currency), converted.source_currency
        return money(self.amount_total, self.currency), self.currency


class StripeCharge(Document):
    """A payment; `amount_refunded` is the sum of all its refunds so far."""

    id: Identifier
    payment_intent: Maybe[Identifier] = None
    customer: Maybe[Identifier] = None
    amount_refunded: MinorUnits
    currency: UpperCurrency
    refunded: bool


class StripeEventData(Document):
    """The object that an event is about; its shape depends on the event's type."""

    object: dict[str, Any]


class StripeEventHead(Document):
    """Fields of every event, of any type."""

    id: Identifier
    type: str


class StripeEvent(StripeEventHead):
    """An event of a type that is used; `created` is when it happened."""

    created: Moment
    livemode: bool = True
    data: StripeEventData


def money(amount: int, currency: str) -> Decimal:
    """An amount in minor units as a decimal, never rounded: the contract rejects a tenth of a cent."""
    decimals = 0 if currency in WITHOUT_MINOR_UNITS else 3 if currency in WITH_THREE_DECIMALS else 2
    return Decimal(amount).scaleb(-decimals)


def verify(delivery: WebhookDelivery, secrets: Sequence[str], now: datetime) -> None:
    """Check the header: a time `t` and one or several `v1`, each the HMAC of `t.body` in hexadecimal digits."""
    pairs = [part.strip().partition("=") for part in delivery.headers.get("stripe-signature", "").split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    given = [value for name, _, value in pairs if name == "v1"]
    if len(times) != 1 or not given:
        raise UnverifiedDelivery("the signature or its time is missing")
    require_recent(times[0], now)
    signed = times[0].encode() + b"." + delivery.body
    require_match((digest.hex().encode() for digest in hmac_sha256(secrets, signed)), given)


def read(delivery: WebhookDelivery) -> tuple[DeliveryItem, ...]:
    """The one event of a delivery. Raises `UnreadableDelivery`."""
    document = read_json(delivery.body)
    head = read_as(StripeEventHead, document)
    event_id = make_event_id(SOURCE, head.id)
    reader = READERS.get(head.type)
    if reader is None:
        return (UnusableDelivery(event_id, "this type of event is not used"),)
    envelope = read_as(StripeEvent, document)
    if not envelope.livemode:
        return (UnusableDelivery(event_id, "an event in test mode"),)
    return (reader(event_id, envelope),)


def topic(delivery: WebhookDelivery) -> str | None:
    """The event's type, such as `charge.refunded`; None when it cannot be read."""
    try:
        type_ = read_as(StripeEventHead, read_json(delivery.body)).type
    except UnreadableDelivery:
        return None
    return type_ if TOPIC.fullmatch(type_) else None


def _session_paid(event_id: str, envelope: StripeEvent) -> DeliveryItem:
    session = read_as(StripeSession, envelope.data.object)
    if session.payment_status != "paid":
        return UnusableDelivery(event_id, "the session is not paid")
    total, currency = session.paid()
    details = session.customer_details or StripeContact()
    collected = session.collected_information or StripeCollectedInformation()
    shipping = collected.shipping_details or session.shipping_details or StripeContact()
    promotions = PROMOTIONS.get(session.consent.promotions or "") if session.consent else None
    event = build_event(
        "ORDER_PAID",
        event_id,
        envelope.created,
        customer_email=details.email or session.customer_email,
        phone=details.phone,
        name=details.name,
        locale=session.locale,
        consent={"email": promotions} if promotions is not None else None,
        order=present_fields(
            order_id=session.payment_intent or session.id,
            total=total,
            currency=currency,
            country=details.address.country if details.address else None,
            shipping_country=shipping.address.country if shipping.address else None,
        ),
    )
    return IncomingEvent(event, tuple(_customer_reference(session.customer)))


def _charge_refunded(event_id: str, envelope: StripeEvent) -> DeliveryItem:
    """The address in a charge may differ from the order's, so the event names its customer by the order."""
    charge = read_as(StripeCharge, envelope.data.object)
    if charge.payment_intent is None:
        return UnusableDelivery(event_id, "the charge belongs to no checkout session")
    partial: dict[str, object] = {
        "refund_id": charge.id,
        "amount": money(charge.amount_refunded, charge.currency),
        "currency": charge.currency,
    }
    event = build_event(
        "ORDER_REFUNDED",
        event_id,
        envelope.created,
        order_id=charge.payment_intent,
        **({"cancelled": True} if charge.refunded else partial),
    )
    return IncomingEvent(event, (references.order(charge.payment_intent), *_customer_reference(charge.customer)))


def _customer_reference(number: str | None) -> Iterator[str]:
    if number:
        yield references.customer(SOURCE, number)


READERS: Mapping[str, Callable[[str, StripeEvent], DeliveryItem]] = {
    "checkout.session.completed": _session_paid,
    "checkout.session.async_payment_succeeded": _session_paid,
    "charge.refunded": _charge_refunded,
}

STRIPE = ShopAdapter(SOURCE, "stripe_secrets", verify, read, topic)
