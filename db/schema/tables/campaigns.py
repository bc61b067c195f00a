"""What is sent, when and to whom: a campaign once, and one row per step of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import EMPTY_LIST, EMPTY_OBJECT, NOW, Base, one_of
from lifecycle.campaigns import Approval, CampaignStatus, Purpose, Repeat

CAMPAIGN_STATUSES = tuple(CampaignStatus)
CAMPAIGN_PURPOSES = tuple(Purpose)
CAMPAIGN_REPEATS = tuple(Repeat)
CAMPAIGN_APPROVALS = tuple(Approval)

SHARED_COLUMNS = ("slug", "name", "trigger_event", "channel")
"""What a step repeats of its campaign: the columns that the table `campaigns` has always had."""


class CampaignDefinition(Base):
    """A campaign: everything that is the same for all of its steps.

    `max_products` makes it a campaign per product: at most so many in one order, never twice for the same one. With a
    `prompt` a language model writes about each product, and the template of the step is the fallback. `holdout` is the
    percentage of customers who never get the campaign. A `coupon_pool` gives each message a code of its own, or else
    the `coupon_fallback`. Messages are dropped `expires_hours` after they were due.
    """

    __tablename__ = "campaign_definitions"
    __table_args__ = (
        # The target of the foreign key by which every step repeats these columns.
        UniqueConstraint(*SHARED_COLUMNS, name="uq_campaign_definitions_shared"),
        one_of("status", CAMPAIGN_STATUSES),
        one_of("purpose", CAMPAIGN_PURPOSES),
        one_of("repeat", CAMPAIGN_REPEATS),
        one_of("approval", CAMPAIGN_APPROVALS),
    )

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    trigger_event: Mapped[str] = mapped_column(String(50))
    channel: Mapped[str] = mapped_column(String(20))
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
    send_at_hour: Mapped[int | None]
    holdout: Mapped[int] = mapped_column(server_default=text("0"))
    coupon_pool: Mapped[str | None] = mapped_column(String(64))
    coupon_fallback: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class CampaignStep(Base):
    """One message of a campaign, sent `delay_hours` after the trigger.

    `name`, `trigger_event` and `channel` are copies of the campaign's columns, which a foreign key keeps equal.
    `locales` are translations by language, `variants` the arms of an A/B test. A step that its campaign no longer has
    is `removed_at` that time: it is never planned again, and stays because messages refer to it.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        UniqueConstraint("slug", "step"),
        ForeignKeyConstraint(
            SHARED_COLUMNS,
            [f"campaign_definitions.{column}" for column in SHARED_COLUMNS],
            name="fk_campaigns_definition",
            onupdate="CASCADE",
        ),
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
    locales: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    variants: Mapped[list[dict[str, Any]]] = mapped_column(server_default=EMPTY_LIST)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    removed_at: Mapped[datetime | None]


CAMPAIGN_STEPS = """
    CREATE VIEW campaign_steps AS
    SELECT step.id, step.slug, step.step, step.name, step.trigger_event, step.channel,
           -- What was planned for a step before it was removed waits, as for a paused campaign.
           CASE WHEN step.removed_at IS NULL THEN campaign.status ELSE 'paused' END AS status,
           step.removed_at, step.delay_hours, step.subject, step.preheader, step.template_body, step.locales,
           step.variants, campaign.purpose, campaign.conditions, campaign.exit_on, campaign.repeat,
           campaign.repeat_after_days, campaign.expires_hours, campaign.priority, campaign.max_products,
           campaign.prompt, campaign.approval, campaign.send_at_hour, campaign.holdout, campaign.coupon_pool,
           campaign.coupon_fallback
    FROM campaigns AS step JOIN campaign_definitions AS campaign USING (slug)
"""
"""Every step with what its campaign says: what the statements on messages read. Migration 0005 creates the same."""

event.listen(Base.metadata, "after_create", DDL(CAMPAIGN_STEPS))  # type: ignore[no-untyped-call]


class CampaignStart(Base):
    """A campaign went live, and the findings of the readiness check then; `forced` when it went live despite them."""

    __tablename__ = "campaign_starts"
    __table_args__ = (Index(None, "slug", "started_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    slug: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(server_default=NOW)
    forced: Mapped[bool]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(server_default=EMPTY_LIST)
