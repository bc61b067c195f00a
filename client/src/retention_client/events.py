"""What a storefront tells us: the events of the contract, checked at the border.

Unknown extra fields are tolerated. A wrong event raises `InvalidEvent`, which names the field and the reason
and never repeats personal data.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import from_json

from retention_client.consent_sources import is_reserved
from retention_client.fields import (
    Address,
    Channel,
    Country,
    Currency,
    Identifier,
    Link,
    Locale,
    Moment,
    Money,
    Phone,
    Properties,
    Text,
    TimeZone,
)

MAX_EVENT_BYTES = 1_000_000


class InvalidEvent(ValueError):
    """An event that cannot be used: `field` is the path to what is wrong, `reason` says why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Value(BaseModel):
    """A frozen part of an event; whatever else a shop sends along is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Item(Value):
    """A line of a cart or an order. `unit_price` is in the store's currency."""

    sku: Identifier
    name: Text = ""
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    unit_price: Money = Decimal("0.00")
    category: Text | None = None
    url: Link | None = None
    image_url: Link | None = None


class Cart(Value):
    """The whole cart as it stands now; without items it is emptied."""

    cart_id: Identifier
    items: tuple[Item, ...] = Field(default=(), max_length=1000)
    currency: Currency | None = None
    url: Link | None = None

    @property
    def value(self) -> Decimal:
        """What the lines sum to."""
        return sum((item.unit_price * item.quantity for item in self.items), Decimal("0.00"))


class Order(Value):
    """A paid order. `total` is what the customer paid, tax and shipping included."""

    order_id: Identifier
    total: Money
    currency: Currency
    cart_id: Identifier | None = None
    items: tuple[Item, ...] = Field(default=(), max_length=1000)
    country: Country | None = None
    shipping_country: Country | None = None
    url: Link | None = None


class Consent(Value):
    """What the customer agreed to, per channel, and where; a channel left out is not touched."""

    email: bool | None = None
    sms: bool | None = None
    source: Text | None = None


class Event(Value):
    """What every event carries. `customer_email` is normalised, `occurred_at` is UTC."""

    event_id: Identifier
    customer_email: Address
    occurred_at: Moment
    phone: Phone | None = None
    name: Text | None = None
    locale: Locale | None = None
    time_zone: TimeZone | None = None
    consent: Consent | None = None


class Visited(Event):
    """The customer signed up or logged in."""

    type: Literal["VISITED"] = "VISITED"


class CartChanged(Event):
    """A cart was filled, changed or emptied."""

    type: Literal["ADD_TO_CART", "CART_UPDATED"]
    cart: Cart


class OrderPaid(Event):
    """An order was paid."""

    type: Literal["ORDER_PAID"] = "ORDER_PAID"
    order: Order


class OrderRefunded(Event):
    """Money went back. The same `refund_id` again carries the amount so far; `cancelled` undoes the order."""

    type: Literal["ORDER_REFUNDED"] = "ORDER_REFUNDED"
    order_id: Identifier
    refund_id: Identifier | None = None
    amount: Money | None = None
    currency: Currency | None = None
    cancelled: bool = False

    @model_validator(mode="after")
    def _says_how_much(self) -> "OrderRefunded":
        if self.amount is None and not self.cancelled:
            raise ValueError("a refund needs an amount, or cancelled: true")
        return self


class ConsentChanged(Event):
    """The customer agreed to, or withdrew from, messages on one channel."""

    type: Literal["CONSENT_CHANGED"] = "CONSENT_CHANGED"
    channel: Channel
    granted: bool
    source: Text = ""


class ProfileUpdated(Event):
    """Name, phone, locale or time zone changed."""

    type: Literal["PROFILE_UPDATED"] = "PROFILE_UPDATED"


class Custom(Event):
    """Anything else a campaign may wait for: shipped, back in stock. `name` is the event's; no state moves."""

    type: Literal["CUSTOM"] = "CUSTOM"
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,40}$")]
    properties: Properties = Field(default_factory=dict)


class ChurnChecked(Event):
    """The daily check looked at this customer. Ours alone: a storefront cannot send it."""

    type: Literal["CHURN_CHECKED"] = "CHURN_CHECKED"


StorefrontEvent = Annotated[
    Visited | CartChanged | OrderPaid | OrderRefunded | ConsentChanged | ProfileUpdated | Custom,
    Field(discriminator="type"),
]
AnyEvent = Annotated[
    Visited | CartChanged | OrderPaid | OrderRefunded | ConsentChanged | ProfileUpdated | Custom | ChurnChecked,
    Field(discriminator="type"),
]

_storefront: TypeAdapter[StorefrontEvent] = TypeAdapter(StorefrontEvent)
_ledger: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)

SIGNAL_TYPES = {
    "visited": "VISITED",
    "add_to_cart": "ADD_TO_CART",
    "cart_updated": "CART_UPDATED",
    "order_paid": "ORDER_PAID",
    "order_refunded": "ORDER_REFUNDED",
    "consent_changed": "CONSENT_CHANGED",
    "profile_updated": "PROFILE_UPDATED",
    "custom": "CUSTOM",
}
"""Event types by the names of their signals."""

SIGNALS = {type_: name for name, type_ in SIGNAL_TYPES.items()}
"""Names of signals by event types."""


def not_after(event: AnyEvent, now: datetime) -> AnyEvent:
    """The event; one from the future counts as happening now."""
    return event if event.occurred_at <= now else event.model_copy(update={"occurred_at": now})


def parse_event(body: object, *, currency: str, trusted: bool = False) -> StorefrontEvent:
    """Check one storefront event given as JSON values; money must be in the store's `currency`.

    Only a `trusted` event, one of our own, may say that a consent was confirmed.
    """
    event = _parse(_storefront, body, currency)
    if not trusted:
        for field, source in _sources(event):
            if is_reserved(source):
                raise InvalidEvent(field, "is reserved for consent that was confirmed here")
    return event


def parse_event_json(body: bytes | str, *, currency: str) -> StorefrontEvent:
    """Check one storefront event given as JSON text."""
    if len(body) > MAX_EVENT_BYTES:
        raise InvalidEvent("body", f"is larger than {MAX_EVENT_BYTES} bytes")
    try:
        document = from_json(body if isinstance(body, bytes) else body.encode())
    except ValueError as error:
        raise InvalidEvent("body", f"is not JSON ({error})") from None
    return parse_event(document, currency=currency)


def read_ledger(body: object) -> AnyEvent:
    """An event as the ledger keeps it: checked before, our own types included."""
    return _ledger.validate_python(body)


def _parse(adapter: TypeAdapter[StorefrontEvent], body: object, currency: str) -> StorefrontEvent:
    if not isinstance(body, dict):
        raise InvalidEvent("body", "must be one JSON object")
    try:
        event = adapter.validate_python(body)
    except ValidationError as error:
        raise _first_problem(error) from None
    for field, given in _currencies(event):
        if given != currency:
            raise InvalidEvent(field, f"is {given}, but this store counts in {currency}")
    return event


def _first_problem(error: ValidationError) -> InvalidEvent:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if problem["type"] == "union_tag_not_found":
        return InvalidEvent("type", "is missing")
    if problem["type"] == "union_tag_invalid":
        return InvalidEvent("type", f"is unknown; known are {', '.join(SIGNAL_TYPES.values())}")
    path = ".".join(str(part) for part in problem["loc"][1:]) or "body"
    return InvalidEvent(path, problem["msg"].removeprefix("Value error, "))


def _sources(event: StorefrontEvent) -> Iterator[tuple[str, str | None]]:
    if event.consent is not None:
        yield "consent.source", event.consent.source
    if isinstance(event, ConsentChanged):
        yield "source", event.source


def _currencies(event: StorefrontEvent) -> Iterator[tuple[str, str]]:
    match event:
        case OrderPaid():
            yield "order.currency", event.order.currency
        case CartChanged() if event.cart.currency:
            yield "cart.currency", event.cart.currency
        case OrderRefunded() if event.currency:
            yield "currency", event.currency
