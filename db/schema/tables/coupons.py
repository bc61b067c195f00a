"""Codes to give away, one customer each."""

from datetime import datetime

from sqlalchemy import CHAR, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import NOW, Base

GIVEN = text("message_key IS NOT NULL")
FREE = text("message_key IS NULL")


class CouponCode(Base):
    """A code of a pool; `message_key` is the one message that gives it away, null while it is free.

    There is no foreign key: a code that was given stays given when its customer is erased. A code is in one pool only,
    so that two customers never get the same one. The trigger `gives_coupon_back` on `communications_log` frees the
    code of a message that ends before it was ever claimed.
    """

    __tablename__ = "coupon_codes"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("uq_coupon_codes_message_key", "message_key", unique=True, postgresql_where=GIVEN),
        Index("ix_coupon_codes_free", "pool", "sequence", postgresql_where=FREE),
    )

    pool: Mapped[str] = mapped_column(String(64), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    sequence: Mapped[int]
    expires_at: Mapped[datetime | None]
    message_key: Mapped[str | None] = mapped_column(CHAR(64))
    reserved_at: Mapped[datetime | None]
    imported_at: Mapped[datetime] = mapped_column(server_default=NOW)
