"""A row of an orders file: a line item, a whole order, or a refund."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from operations.importing.columns import Format
from operations.importing.contacts import CONTACT_FIELDS, read_address, read_consent
from operations.importing.refusal import RowRefused
from operations.importing.times import TimeReader
from operations.importing.values import amount, country, whole

PAID = frozenset({"paid", "completed", "complete", "partially_refunded", "refunded", "cancelled", "canceled"})
CANCELLED = frozenset({"cancelled", "canceled"})

ORDERS = Format(
    fields=frozenset(
        {
            *("order_id", "live_order_id", "customer_email", "occurred_at", "total", "currency", "status", "cart_id"),
            *("sku", "item_name", "quantity", "unit_price", "category", "country", "shipping_country"),
            *("refund_id", "refunded_amount", "cancelled_at"),
            *CONTACT_FIELDS,
        }
    ),
    required=("order_id", "customer_email", "occurred_at"),
    presets={
        "shopify": (
            frozenset({"Name", "Email", "Financial Status", "Lineitem quantity", "Lineitem name"}),
            {
                "order_id": "Name",
                "live_order_id": "Id",
                "customer_email": "Email",
                "occurred_at": "Paid at|Created at",
                "total": "Total",
                "currency": "Currency",
                "status": "Financial Status",
                "sku": "Lineitem sku|Lineitem name",
                "item_name": "Lineitem name",
                "quantity": "Lineitem quantity",
                "unit_price": "Lineitem price",
                "country": "Billing Country",
                "shipping_country": "Shipping Country",
                "refunded_amount": "Refunded Amount",
                "cancelled_at": "Cancelled at",
                "name": "Billing Name|Shipping Name",
                "phone": "Phone|Billing Phone",
                "consent_email": "Accepts Marketing",
            },
        )
    },
)


@dataclass(frozen=True)
class OrderLine:
    """A checked row. A field that is empty may be set in another row of the same order."""

    number: int
    order_id: str
    email: str | None = None
    at: datetime | None = None
    live_order_id: str | None = None
    total: Decimal | None = None
    sku: str | None = None
    quantity: int = 1
    unit_price: Decimal | None = None
    refund_id: str | None = None
    refunded: Decimal | None = None
    cancelled_at: datetime | None = None
    cancelled: bool = False
    consent_at: datetime | None = None
    consent: dict[str, bool] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def amount(self) -> Decimal:
        """What this row adds to its order; negative when it refunds something."""
        if self.sku is None and self.unit_price is None:
            return Decimal(0)
        return self.quantity * (self.unit_price or Decimal(0))

    @property
    def is_refund(self) -> bool:
        """Whether this row refunds money."""
        return self.quantity < 0 or self.amount < 0 or (self.total is not None and self.total < 0)


TEXTS = ("currency", "cart_id", "item_name", "category", "name", "phone", "locale", "time_zone")
COUNTRIES = ("country", "shipping_country")


def read_order_line(number: int, fields: Mapping[str, str], times: TimeReader) -> OrderLine:
    """A row, checked as far as one row can be. Raises `RowRefused`."""
    order_id = fields.get("order_id")
    if order_id is None:
        raise RowRefused("names no order")
    status = fields.get("status", "").lower().replace(" ", "_").replace("-", "_")
    if status and status not in PAID:
        raise RowRefused("the order was not paid")
    refunded = amount("refunded_amount", fields.get("refunded_amount", ""))
    if refunded is not None and refunded < 0:
        raise RowRefused("refunded_amount: must not be negative")
    quantity = whole("quantity", fields.get("quantity", ""))
    texts = {name: fields[name] for name in TEXTS if name in fields}
    if "currency" in texts:
        texts["currency"] = texts["currency"].upper()
    countries = {name: code for name in COUNTRIES if (code := country(fields.get(name, "")))}
    return OrderLine(
        number=number,
        order_id=order_id,
        email=read_address(fields) if "customer_email" in fields else None,
        at=times.read("occurred_at", fields.get("occurred_at", "")),
        live_order_id=fields.get("live_order_id"),
        total=amount("total", fields.get("total", "")),
        sku=fields.get("sku"),
        quantity=1 if quantity is None else quantity,
        unit_price=amount("unit_price", fields.get("unit_price", "")),
        refund_id=fields.get("refund_id"),
        refunded=refunded,
        cancelled_at=times.read("cancelled_at", fields.get("cancelled_at", "")),
        cancelled=status in CANCELLED,
        consent_at=times.read("consent_at", fields.get("consent_at", "")),
        consent=read_consent(fields),
        texts={**texts, **countries},
    )
