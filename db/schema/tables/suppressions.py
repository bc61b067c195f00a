"""Customers who get nothing more, by channel."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import NOW, Base, one_of
from lifecycle.gate import SuppressionReason

SUPPRESSION_REASONS = tuple(SuppressionReason)


class Suppression(Base):
    """A customer who gets nothing more on `channel`; `source` says where that was reported."""

    __tablename__ = "suppressions"
    __table_args__ = (one_of("reason", SUPPRESSION_REASONS),)

    customer_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    reason: Mapped[str] = mapped_column(String(30))
    source: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
