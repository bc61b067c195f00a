"""The adapter for Stripe: sessions of its checkout that were paid, and charges that were refunded.

An order goes by its payment intent, which is what a refund names; a session without one (a subscription) by its own
id. Deliveries hold no lines. Event ids are those of Stripe's events, which are in the signed body.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from intake.door import references
from intake.door.incoming import IncomingEvent
from intake.webhooks.contract import event, event_id, known
from intake.webhooks.documents import Document, Filled, Maybe, read_as, read_json
from intake.webhooks.shop import (
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
"""Counted in whole ones. Others that have no cents any more (ISK, UGX) Stripe still counts in hundredths."""

WITH_THREE_DECIMALS = {"BHD", "JOD", "KWD", "OMR", "TND"}
PROMOTIONS = {"opt_in": True, "opt_out": False}


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


MinorUnits = Annotated[int, Field(ge=0, lt=10**12)]
UpperCurrency = Annotated[Currency, BeforeValidator(_upper)]


class Place(Document):
    """As much of an address as is needed."""

    country: Maybe[Country] = None


class Details(Document):
    """What the customer typed in, or where the parcel goes."""

    email: Maybe[Filled] = None
    name: Maybe[Text] = None
    phone: Maybe[Phone] = None
    address: Maybe[Place] = None


class Collected(Document):
    """What the checkout asked for besides."""

    shipping_details: Maybe[Details] = None


class Consent(Document):
    """What the customer ticked."""

    promotions: Maybe[str] = None


class Conversion(Document):
    """What a price shown in the customer's currency is in the shop's."""

    amount_total: MinorUnits
    source_currency: UpperCurrency


class Session(Document):
    """A checkout."""

    id: Identifier
    payment_status: str
    payment_intent: Maybe[Identifier] = None
    amount_total: MinorUnits | None = None
    currency: UpperCurrency | None = None
    currency_conversion: Maybe[Conversion] = None
    customer: Maybe[Identifier] = None
    customer_details: Maybe[Details] = None
    customer_email: Maybe[Filled] = None
    collected_information: Maybe[Collected] = None
    shipping_details: Maybe[Details] = None
    consent: Maybe[Consent] = None
    locale: Maybe[Locale] = None

    def paid(self) -> tuple[Decimal, str]:
        """What was paid in the shop's currency, and which that is. Raises `UnreadableDelivery`."""
        if self.amount_total is None or self.currency is None:
            raise UnreadableDelivery("data.object.amount_total: is missing, or its currency is")
        converted = self.currency_conversion
        if converted and converted.source_currency != self.currency:
            return money(converted.amount_total, converted.source_currency), converted.source_currency
        return money(self.amount_total, self.currency), self.currency


class Charge(Document):
    """A payment; `amount_refunded` is all that went back of it so far."""

    id: Identifier
    payment_intent: Maybe[Identifier] = None
    customer: Maybe[Identifier] = None
    amount_refunded: MinorUnits
    currency: UpperCurrency
    refunded: bool


class Data(Document):
    """What an event is about, as its type has it."""

    object: dict[str, Any]


class Head(Document):
    """What every event says, whatever it is about."""

    id: Identifier
    type: str


class Envelope(Head):
    """An event that is used; `created` is when it happened."""

    created: Moment
    livemode: bool = True
    data: Data


def money(amount: int, currency: str) -> Decimal:
    """An amount in minor units as one of the contract, never rounded: it refuses a tenth of a cent by itself."""
    decimals = 0 if currency in WITHOUT_MINOR_UNITS else 3 if currency in WITH_THREE_DECIMALS else 2
    return Decimal(amount).scaleb(-decimals)


def verify(delivery: WebhookDelivery, secrets: Sequence[str], now: datetime) -> None:
    """The header holds a time `t` and one or several `v1`: the HMAC of `t.body`, in hexadecimal digits."""
    pairs = [part.strip().partition("=") for part in delivery.headers.get("stripe-signature", "").split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    given = [value for name, _, value in pairs if name == "v1"]
    if len(times) != 1 or not given:
        raise UnverifiedDelivery("there is no signature, or no time of it")
    require_recent(times[0], now)
    signed = times[0].encode() + b"." + delivery.body
    require_match((digest.hex().encode() for digest in hmac_sha256(secrets, signed)), given)


def read(delivery: WebhookDelivery) -> tuple[DeliveryItem, ...]:
    """What a delivery tells: one thing. Raises `UnreadableDelivery`."""
    document = read_json(delivery.body)
    head = read_as(Head, document)
    told_as = event_id(SOURCE, head.id)
    reader = READERS.get(head.type)
    if reader is None:
        return (UnusableDelivery(told_as, "this type of event tells nothing that is used"),)
    envelope = read_as(Envelope, document)
    if not envelope.livemode:
        return (UnusableDelivery(told_as, "an event of Stripe's test mode"),)
    return (reader(told_as, envelope),)


def topic(delivery: WebhookDelivery) -> str | None:
    """The type of an event, such as `charge.refunded`; None when it cannot be read."""
    try:
        named = read_as(Head, read_json(delivery.body)).type
    except UnreadableDelivery:
        return None
    return named if TOPIC.fullmatch(named) else None


def _session_paid(told_as: str, envelope: Envelope) -> DeliveryItem:
    session = read_as(Session, envelope.data.object)
    if session.payment_status != "paid":
        return UnusableDelivery(told_as, "the session is not paid")
    total, currency = session.paid()
    details = session.customer_details or Details()
    collected = session.collected_information or Collected()
    shipping = collected.shipping_details or session.shipping_details or Details()
    agreed = PROMOTIONS.get(session.consent.promotions or "") if session.consent else None
    told = event(
        "ORDER_PAID",
        told_as,
        envelope.created,
        customer_email=details.email or session.customer_email,
        phone=details.phone,
        name=details.name,
        locale=session.locale,
        consent={"email": agreed} if agreed is not None else None,
        order=known(
            order_id=session.payment_intent or session.id,
            total=total,
            currency=currency,
            country=details.address.country if details.address else None,
            shipping_country=shipping.address.country if shipping.address else None,
        ),
    )
    return IncomingEvent(told, tuple(_customer(session.customer)))


def _charge_refunded(told_as: str, envelope: Envelope) -> DeliveryItem:
    """A refund names no address that is sure to be the order's: the order itself tells whose it is."""
    charge = read_as(Charge, envelope.data.object)
    if charge.payment_intent is None:
        return UnusableDelivery(told_as, "the charge belongs to no order that was told of")
    given_back: dict[str, object] = {
        "refund_id": charge.id,
        "amount": money(charge.amount_refunded, charge.currency),
        "currency": charge.currency,
    }
    told = event(
        "ORDER_REFUNDED",
        told_as,
        envelope.created,
        order_id=charge.payment_intent,
        **({"cancelled": True} if charge.refunded else given_back),
    )
    return IncomingEvent(told, (references.order(charge.payment_intent), *_customer(charge.customer)))


def _customer(number: str | None) -> Iterator[str]:
    if number:
        yield references.customer(SOURCE, number)


READERS: Mapping[str, Callable[[str, Envelope], DeliveryItem]] = {
    "checkout.session.completed": _session_paid,
    "checkout.session.async_payment_succeeded": _session_paid,
    "charge.refunded": _charge_refunded,
}

STRIPE = ShopAdapter(SOURCE, "stripe_secrets", verify, read, topic)
