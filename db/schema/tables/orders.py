"""The customers' orders, as attribution and reports join them."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import Base


class CustomerOrder(Base):
    """One paid order of one customer, as the fold of the customer's facts left it.

    `event_id` is the first ORDER_PAID that reported the order, `placed_at` the customer's time of it and `reported_at`
    when the inbox received it. `refunded` is what went back so far, at most `total`. An order that was cancelled, or
    refunded to the last cent, is not `counted`. Money is in `currency`, the store's.
    """

    __tablename__ = "orders"
    __table_args__ = (Index(None, "customer_id", "placed_at"),)

    customer_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(255))
    placed_at: Mapped[datetime]
    reported_at: Mapped[datetime]
    total: Mapped[Decimal]
    refunded: Mapped[Decimal]
    counted: Mapped[bool]
    currency: Mapped[str] = mapped_column(String(3))
