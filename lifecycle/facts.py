"""What happened to a customer, reduced to what the rules need.

Facts sort by (`at`, `event_id`). They are small because the workflow carries the recent ones for years. No two kinds
have the same fields, so that a stored fact is read back as the right kind.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lifecycle.ledger_events import AnyEvent, ChurnChecked
from retention_client.events import CartChanged, OrderPaid, OrderRefunded


@dataclass(frozen=True)
class CartFilled:
    """A cart has items."""

    at: datetime
    event_id: str
    cart_id: str


@dataclass(frozen=True)
class Purchase:
    """An order was paid; `total` in the store's currency."""

    at: datetime
    event_id: str
    order_id: str
    total: Decimal


@dataclass(frozen=True)
class Refund:
    """Money went back on an order. `amount` is what this `refund_id` has given back so far."""

    at: datetime
    event_id: str
    order_id: str
    refund_id: str
    amount: Decimal | None
    cancelled: bool


@dataclass(frozen=True)
class ChurnCheckFact:
    """The daily check looked at the customer."""

    at: datetime
    event_id: str


Fact = CartFilled | Purchase | Refund | ChurnCheckFact


def position(fact: Fact) -> tuple[datetime, str]:
    """The sort key of a fact."""
    return fact.at, fact.event_id


def fact_of(event: AnyEvent) -> Fact | None:
    """The fact in an event; None for an event that the rules ignore."""
    match event:
        case CartChanged() if event.cart.items:
            return CartFilled(event.occurred_at, event.event_id, event.cart.cart_id)
        case OrderPaid():
            return Purchase(event.occurred_at, event.event_id, event.order.order_id, event.order.total)
        case OrderRefunded():
            return Refund(
                event.occurred_at,
                event.event_id,
                event.order_id,
                event.refund_id or ("" if event.cancelled else event.event_id),
                event.amount,
                event.cancelled,
            )
        case ChurnChecked():
            return ChurnCheckFact(event.occurred_at, event.event_id)
        case _:
            return None
