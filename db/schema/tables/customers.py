"""Customers as their workflows last wrote them, and their transitions."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Identity, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import NOW, Base


class CustomerProfile(Base):
    """The projection of one customer's workflow.

    `epoch` counts the blank starts of the workflow, and `revision` its writes; a write that finds other values than it
    read is a conflict. `last_write` identifies the last write, so that its retry changes nothing. A null consent means
    that the customer has made no statement.
    """

    __tablename__ = "customer_profiles"
    __table_args__ = (
        UniqueConstraint("customer_id"),
        # The daily check asks for states and dates, then pages by customer_id.
        Index(None, "state", "last_order_date"),
    )

    customer_email: Mapped[str] = mapped_column(String(255), primary_key=True)
    state: Mapped[str] = mapped_column(String(50), server_default="VISITOR")
    total_spend: Mapped[Decimal] = mapped_column(server_default=text("0.00"))
    order_count: Mapped[int] = mapped_column(server_default=text("0"))
    last_order_date: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)

    customer_id: Mapped[str] = mapped_column(String(26))
    name: Mapped[str | None]
    phone: Mapped[str | None] = mapped_column(String(32))
    locale: Mapped[str | None] = mapped_column(String(35))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    country: Mapped[str | None] = mapped_column(String(2))
    consent_email: Mapped[bool | None]
    consent_sms: Mapped[bool | None]
    consent_email_at: Mapped[datetime | None]
    consent_email_source: Mapped[str | None]
    consent_sms_at: Mapped[datetime | None]
    consent_sms_source: Mapped[str | None]
    epoch: Mapped[int] = mapped_column(server_default=text("0"))
    revision: Mapped[int] = mapped_column(server_default=text("0"))
    last_write: Mapped[str | None] = mapped_column(String(64))
    stopped_at: Mapped[datetime | None]


class StateTransition(Base):
    """One step of one customer through the states; `cause` is the event's id or the rule's name.

    `restated` marks a step that a late fact wrote anew into the past.
    """

    __tablename__ = "state_transitions"
    __table_args__ = (Index(None, "customer_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(26))
    customer_email: Mapped[str | None] = mapped_column(String(255))
    from_state: Mapped[str | None] = mapped_column(String(50))
    to_state: Mapped[str] = mapped_column(String(50))
    occurred_at: Mapped[datetime]
    cause: Mapped[str] = mapped_column(String(255))
    restated: Mapped[bool] = mapped_column(server_default=text("false"))
    epoch: Mapped[int]
    revision: Mapped[int]
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)
