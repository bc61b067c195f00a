"""Every event ever received: the inbox of what is still to be applied, the ledger of what was."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import NOW, Base, one_of

EVENT_STATUSES = ("RECEIVED", "APPLIED", "REFUSED", "DISCARDED")


class InboxEvent(Base):
    """One event, unique for ever by `event_id`; `sequence` is the order of arrival.

    `body` is the canonical event. `raw` keeps the bytes of one that could not be read, for which customer, type
    and time may be unknown. A ledger is read by (`customer_id`, `occurred_at`, `event_id`), the order of the fold.
    """

    __tablename__ = "event_inbox"
    __table_args__ = (
        UniqueConstraint("sequence"),
        one_of("status", EVENT_STATUSES),
        Index(None, "customer_id", "occurred_at", "event_id"),
        Index("ix_event_inbox_received", "sequence", postgresql_where=text("status = 'RECEIVED'")),
    )

    event_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    customer_id: Mapped[str | None] = mapped_column(String(26))
    customer_email: Mapped[str | None] = mapped_column(String(255))
    type: Mapped[str | None] = mapped_column(String(50))
    occurred_at: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(server_default=NOW)
    body: Mapped[dict[str, Any] | None]
    raw: Mapped[bytes | None]
    status: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    last_error: Mapped[str | None]
    applied_at: Mapped[datetime | None]
