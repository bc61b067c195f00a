"""Who was erased: all that is left of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import Base


class Erasure(Base):
    """A tombstone: whatever `customer_id`, the HMAC of an address, did until `erased_at` is not taken in again.

    `returned_at` is when they did something later that made them a customer anew. `receipt` says what was deleted
    so far; once the erasure is complete it also has the `proof`.
    """

    __tablename__ = "erasures"

    customer_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    erased_at: Mapped[datetime]
    requested_by: Mapped[str] = mapped_column(String(60))
    returned_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    receipt: Mapped[dict[str, Any] | None]
