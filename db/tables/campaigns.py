"""What is sent, when, to whom: one row per step of a campaign."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import EMPTY_LIST, EMPTY_OBJECT, NOW, Base, one_of
from lifecycle.campaigns import CampaignStatus, Purpose, Repeat

CAMPAIGN_STATUSES = tuple(CampaignStatus)
CAMPAIGN_PURPOSES = tuple(Purpose)
CAMPAIGN_REPEATS = tuple(Repeat)


class Campaign(Base):
    """A message to be sent `delay_hours` after `trigger_event`, dropped `expires_hours` after it was due.

    `max_products` makes it a campaign per product: at most so many in one order, never twice for the same one.
    With a `prompt` the text is written for the customer, and `template_body` is the fallback.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        UniqueConstraint("slug", "step"),
        one_of("status", CAMPAIGN_STATUSES),
        one_of("purpose", CAMPAIGN_PURPOSES),
        one_of("repeat", CAMPAIGN_REPEATS),
        Index(None, "trigger_event"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    trigger_event: Mapped[str] = mapped_column(String(50))
    channel: Mapped[str] = mapped_column(String(20))
    template_body: Mapped[str | None]
    delay_hours: Mapped[int] = mapped_column(server_default=text("0"))

    slug: Mapped[str] = mapped_column(String(64))
    step: Mapped[int] = mapped_column(server_default=text("1"))
    subject: Mapped[str | None]
    preheader: Mapped[str | None]
    status: Mapped[str] = mapped_column(String(10), server_default="draft")
    purpose: Mapped[str] = mapped_column(String(20), server_default="marketing")
    conditions: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    exit_on: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    repeat: Mapped[str] = mapped_column(String(10), server_default="always")
    repeat_after_days: Mapped[int | None]
    expires_hours: Mapped[int] = mapped_column(server_default=text("72"))
    priority: Mapped[int] = mapped_column(server_default=text("100"))
    max_products: Mapped[int | None]
    prompt: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
