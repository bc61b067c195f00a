"""Every event ever received: the inbox of what is still to be applied, the ledger of what was."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import NOW, Base, one_of

EVENT_STATUSES = ("RECEIVED", "WAITING", "SIGNALLED", "APPLIED", "SKIPPED", "REFUSED", "DISCARDED")


class InboxEvent(Base):
    """One event, unique for ever by `event_id`; `sequence` is the order of arrival.

    RECEIVED is to be signalled, at the earliest at `signal_after`, and ends APPLIED once the customer's workflow has
    written it; a cart, or a request, ends SIGNALLED. WAITING is for a delivery that names the customer behind one of
    `waits_for`. SKIPPED needs nothing, REFUSED needs somebody to look, DISCARDED was given up; each has its reason in
    `last_error`.

    `body` is the canonical event. `raw` keeps the bytes of one that could not be read, for which customer, type
    and time may be unknown; `mentions` are the customers whose addresses stand in them. `source` and `topic` say who
    told. A ledger is read by (`customer_id`, `occurred_at`, `event_id`), the order of the fold.
    """

    __tablename__ = "event_inbox"
    __table_args__ = (
        UniqueConstraint("sequence"),
        one_of("status", EVENT_STATUSES),
        Index(None, "customer_id", "occurred_at", "event_id"),
        Index("ix_event_inbox_received", "customer_id", "sequence", postgresql_where=text("status = 'RECEIVED'")),
        Index(
            "ix_event_inbox_waits_for",
            "waits_for",
            postgresql_using="gin",
            postgresql_where=text("status = 'WAITING'"),
        ),
        Index("ix_event_inbox_mentions", "mentions", postgresql_using="gin"),
        # What the housekeeping looks for, by its age: what is no part of a ledger and still says something.
        Index(
            "ix_event_inbox_kept",
            "received_at",
            postgresql_where=text("status <> 'APPLIED' AND (body IS NOT NULL OR raw IS NOT NULL)"),
        ),
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
    source: Mapped[str | None] = mapped_column(String(30))
    topic: Mapped[str | None] = mapped_column(String(100))
    signal_after: Mapped[datetime] = mapped_column(server_default=NOW)
    waits_for: Mapped[list[str] | None] = mapped_column(ARRAY(Text()))
    mentions: Mapped[list[str] | None] = mapped_column(ARRAY(Text()))
