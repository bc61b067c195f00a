"""The events of the storefront's contract.

Unknown fields are tolerated. A wrong event raises `InvalidEvent`, which names the field and the reason and never
contains personal data.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from retention_client.consent_sources import is_reserved
from retention_client.errors import RetentionError
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
from retention_client.reasons import plain_reason

MAX_EVENT_BYTES = 1_000_000
"""The longest event, and the longest request with a list of events."""

MAX_BATCH_EVENTS = 1_000
"""The most events of one list."""


class InvalidEvent(RetentionError, ValueError):
    """A wrong event: `field` is the path to the field, such as `order.total`, and `reason` says what is wrong."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Value(BaseModel):
    """A frozen part of an event. Unknown fields are ignored."""

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
    """The current contents of a cart. A cart without items was emptied."""

    cart_id: Identifier
    items: tuple[Item, ...] = Field(default=(), max_length=1000)
    currency: Currency | None = None
    url: Link | None = None

    @property
    def value(self) -> Decimal:
        """The sum of the lines."""
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
    """What the customer agreed to, per channel, and where. A channel that is left out stays as it was."""

    email: bool | None = None
    sms: bool | None = None
    source: Text | None = None


class Event(Value):
    """The fields of every event. `customer_email` is normalised, `occurred_at` is UTC."""

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
    """Money was returned. A repeated `refund_id` carries the total so far; `cancelled` undoes the whole order."""

    type: Literal["ORDER_REFUNDED"] = "ORDER_REFUNDED"
    order_id: Identifier
    refund_id: Identifier | None = None
    amount: Money | None = None
    currency: Currency | None = None
    cancelled: bool = False

    @model_validator(mode="after")
    def _has_an_amount(self) -> "OrderRefunded":
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
    """Anything else that may trigger a campaign, such as `shipped`. `name` names it. The state never changes."""

    type: Literal["CUSTOM"] = "CUSTOM"
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,40}$")]
    properties: Properties = Field(default_factory=dict)


StorefrontEvent = Annotated[
    Visited | CartChanged | OrderPaid | OrderRefunded | ConsentChanged | ProfileUpdated | Custom,
    Field(discriminator="type"),
]
_adapter: TypeAdapter[StorefrontEvent] = TypeAdapter(StorefrontEvent)

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


def parse_event(body: object, *, currency: str, trusted: bool = False) -> StorefrontEvent:
    """Return the validated event of a JSON object; a model is returned unchanged. Raises `InvalidEvent`.

    * **currency** - The store's currency; money in another one is invalid.
    * **trusted** - Whether the event may say that consent was confirmed. Only the engine can know that.
    """
    try:
        event = _adapter.validate_python(body)
    except ValidationError as error:
        raise _first_problem(error) from None
    return _allowed(event, currency, trusted)


def parse_event_json(
    body: bytes | str, *, currency: str, trusted: bool = False, max_bytes: int | None = MAX_EVENT_BYTES
) -> StorefrontEvent:
    """Return the event in JSON text, validated in one pass. Raises `InvalidEvent`, also for more than `max_bytes`."""
    if max_bytes is not None and len(body) > max_bytes:
        raise InvalidEvent("body", f"is larger than {max_bytes} bytes")
    try:
        event = _adapter.validate_json(body)
    except ValidationError as error:
        raise _first_problem(error) from None
    return _allowed(event, currency, trusted)


def canonical_json(event: Event, *, without_address: bool = False) -> str:
    """Return the JSON text of an event as inbox, signals and ledger carry it: without unknown fields and nulls."""
    return event.model_dump_json(exclude_none=True, exclude={"customer_email"} if without_address else None)


def _allowed(event: StorefrontEvent, currency: str, trusted: bool) -> StorefrontEvent:
    for field, found in _currencies(event):
        if found != currency:
            raise InvalidEvent(field, f"is {found}, but the store's currency is {currency}")
    for field, source in () if trusted else _sources(event):
        if is_reserved(source):
            raise InvalidEvent(field, "is reserved for consent that the engine confirmed")
    return event


def _first_problem(error: ValidationError) -> InvalidEvent:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if not problem["loc"]:
        match problem["type"]:
            case "json_invalid":
                return InvalidEvent("body", f"is not JSON ({problem['msg'].removeprefix('Invalid JSON: ')})")
            case "string_unicode":
                return InvalidEvent("body", "is not JSON in UTF-8")
            case "dict_type" | "model_attributes_type":
                return InvalidEvent("body", "must be one JSON object")
            case "union_tag_not_found":
                return InvalidEvent("type", "is missing")
            case "union_tag_invalid":
                return InvalidEvent("type", f"is unknown; known are {', '.join(SIGNAL_TYPES.values())}")
    path = ".".join(str(part) for part in problem["loc"][1:]) or "body"
    return InvalidEvent(path, plain_reason(problem))


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
