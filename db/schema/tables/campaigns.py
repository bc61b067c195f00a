"""What is sent, when, to whom: one row per step of a campaign."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import EMPTY_LIST, EMPTY_OBJECT, NOW, Base, one_of
from lifecycle.campaigns import Approval, CampaignStatus, Purpose, Repeat

CAMPAIGN_STATUSES = tuple(CampaignStatus)
CAMPAIGN_PURPOSES = tuple(Purpose)
CAMPAIGN_REPEATS = tuple(Repeat)
CAMPAIGN_APPROVALS = tuple(Approval)


class CampaignStart(Base):
    """A campaign went live, and what stood against it then; `forced` when somebody did it all the same."""

    __tablename__ = "campaign_starts"
    __table_args__ = (Index(None, "slug", "started_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    slug: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(server_default=NOW)
    forced: Mapped[bool]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(server_default=EMPTY_LIST)


class Campaign(Base):
    """A message to be sent `delay_hours` after `trigger_event`, dropped `expires_hours` after it was due.

    `max_products` makes it a campaign per product: at most so many in one order, never twice for the same one.
    With a `prompt` a language model writes about each product, and `template_body` is the fallback. `locales` are
    translations by language, `variants` the arms of an A/B test, and `holdout` is the percentage of customers who never
    get it. A `coupon_pool` gives each message a code of its own, or else the `coupon_fallback`.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        UniqueConstraint("slug", "step"),
        one_of("status", CAMPAIGN_STATUSES),
        one_of("purpose", CAMPAIGN_PURPOSES),
        one_of("repeat", CAMPAIGN_REPEATS),
        one_of("approval", CAMPAIGN_APPROVALS),
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
    approval: Mapped[str] = mapped_column(String(10), server_default="none")
    locales: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    variants: Mapped[list[dict[str, Any]]] = mapped_column(server_default=EMPTY_LIST)
    send_at_hour: Mapped[int | None]
    holdout: Mapped[int] = mapped_column(server_default=text("0"))
    coupon_pool: Mapped[str | None] = mapped_column(String(64))
    coupon_fallback: Mapped[str | None] = mapped_column(String(64))
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
