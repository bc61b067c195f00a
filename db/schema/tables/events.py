"""Every event ever received: the inbox of unapplied events, and the ledger of applied ones."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import NOW, Base, one_of

EVENT_STATUSES = ("RECEIVED", "WAITING", "SIGNALLED", "APPLIED", "SKIPPED", "REFUSED", "DISCARDED")


class InboxEvent(Base):
    """One event, permanently unique by `event_id`; `sequence` is the order of arrival.

    A RECEIVED event is signalled at `signal_after` or later. It is APPLIED once the customer's workflow has written it,
    but a cart or a privacy request is final as SIGNALLED. A WAITING event needs a later event that identifies the
    customer of one of its references, `waits_for`. SKIPPED events change nothing, REFUSED ones are dead letters,
    DISCARDED ones were given up; `last_error` has the reason.

    `body` is the canonical event. `raw` has the bytes of an unreadable one, whose customer, type and time may be
    unknown; `mentions` are the customers whose addresses are in them. `source` and `topic` say where the event came
    from. A ledger is read by (`customer_id`, `occurred_at`, `event_id`), the order of the fold.
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
