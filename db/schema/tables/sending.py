"""What holds messages back: stops of all sending, and the rate at which messages go to a provider."""

from datetime import datetime
from typing import get_args

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import NOW, Base, one_of
from lifecycle.gate import Stopped

SENDING_SCOPES: tuple[Stopped, ...] = get_args(Stopped)


class SendingStop(Base):
    """While this row exists nothing of its `scope` is sent: marketing, or all."""

    __tablename__ = "sending_stops"
    __table_args__ = (one_of("scope", SENDING_SCOPES),)

    scope: Mapped[str] = mapped_column(String(10), primary_key=True)
    reason: Mapped[str | None]
    stopped_at: Mapped[datetime] = mapped_column(server_default=NOW)


class SendingRate(Base):
    """When the next message may be handed to a provider, by the database's clock: one row for all workers.

    `put_off_until` is when the last of the deferred messages tries again.
    """

    __tablename__ = "sending_rates"

    provider: Mapped[str] = mapped_column(String(30), primary_key=True)
    next_at: Mapped[datetime]
    put_off_until: Mapped[datetime]
