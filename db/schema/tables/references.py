"""Customer references: the names by which shop systems identify a customer without an address."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import NOW, Base


class CustomerReference(Base):
    """A `reference` that came together with an address: `customer/shopify/7064`, `order/8209`, `cart/c-77`."""

    __tablename__ = "customer_references"
    __table_args__ = (Index(None, "customer_id"),)

    reference: Mapped[str] = mapped_column(String(300), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    customer_email: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
