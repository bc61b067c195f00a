"""A campaign is stored once, and its steps apart from it; results of campaigns read indexes.

Written by hand, as its predecessors; see there.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision: str = "0005_campaigns"
down_revision: str | None = "0004_orders"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = TIMESTAMP(timezone=True)
NOW = sa.func.now()
EMPTY_LIST = sa.text("'[]'::jsonb")
EMPTY_OBJECT = sa.text("'{}'::jsonb")

SHARED = ("slug", "name", "trigger_event", "channel")
"""The columns that a step repeats of its campaign."""

MOVED = (
    *("status", "purpose", "conditions", "exit_on", "repeat", "repeat_after_days", "expires_hours", "priority"),
    *("max_products", "prompt", "approval", "send_at_hour", "holdout", "coupon_pool", "coupon_fallback"),
)
"""The columns that only the campaign has from now on."""

# The first step that the campaign still has says what the campaign is. Of a campaign without any step left nothing
# says when it was triggered: it is a paused campaign with a trigger that never comes.
_TAKE_OVER = f"""
    INSERT INTO campaign_definitions ({", ".join((*SHARED, *MOVED))}, updated_at)
    SELECT DISTINCT ON (slug) slug, name,
           CASE WHEN trigger_event = 'REMOVED' THEN 'CUSTOM:removed' ELSE trigger_event END, channel,
           {", ".join(MOVED)}, updated_at
    FROM campaigns ORDER BY slug, trigger_event = 'REMOVED', step
"""

_MARK_REMOVED = "UPDATE campaigns SET removed_at = updated_at WHERE trigger_event = 'REMOVED'"

_COPY_SHARED = """
    UPDATE campaigns AS step
    SET name = campaign.name, trigger_event = campaign.trigger_event, channel = campaign.channel
    FROM campaign_definitions AS campaign WHERE campaign.slug = step.slug
"""

_VIEW = """
    CREATE VIEW campaign_steps AS
    SELECT step.id, step.slug, step.step, step.name, step.trigger_event, step.channel,
           CASE WHEN step.removed_at IS NULL THEN campaign.status ELSE 'paused' END AS status,
           step.removed_at, step.delay_hours, step.subject, step.preheader, step.template_body, step.locales,
           step.variants, campaign.purpose, campaign.conditions, campaign.exit_on, campaign.repeat,
           campaign.repeat_after_days, campaign.expires_hours, campaign.priority, campaign.max_products,
           campaign.prompt, campaign.approval, campaign.send_at_hour, campaign.holdout, campaign.coupon_pool,
           campaign.coupon_fallback
    FROM campaigns AS step JOIN campaign_definitions AS campaign USING (slug)
"""


def upgrade() -> None:
    _campaign_definitions()
    _campaigns()


def _campaign_definitions() -> None:
    op.create_table(
        "campaign_definitions",
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("trigger_event", sa.String(50), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("status", sa.String(10), server_default="draft", nullable=False),
        sa.Column("purpose", sa.String(20), server_default="marketing", nullable=False),
        sa.Column("conditions", JSONB, server_default=EMPTY_OBJECT, nullable=False),
        sa.Column("exit_on", JSONB, server_default=EMPTY_LIST, nullable=False),
        sa.Column("repeat", sa.String(10), server_default="always", nullable=False),
        sa.Column("repeat_after_days", sa.Integer),
        sa.Column("expires_hours", sa.Integer, server_default=sa.text("72"), nullable=False),
        sa.Column("priority", sa.Integer, server_default=sa.text("100"), nullable=False),
        sa.Column("max_products", sa.Integer),
        sa.Column("prompt", sa.Text),
        sa.Column("approval", sa.String(10), server_default="none", nullable=False),
        sa.Column("send_at_hour", sa.Integer),
        sa.Column("holdout", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("coupon_pool", sa.String(64)),
        sa.Column("coupon_fallback", sa.String(64)),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_campaign_definitions"),
        sa.UniqueConstraint(*SHARED, name="uq_campaign_definitions_shared"),
        sa.CheckConstraint("status IN ('draft', 'live', 'paused')", name="ck_campaign_definitions_status"),
        sa.CheckConstraint("purpose IN ('transactional', 'marketing')", name="ck_campaign_definitions_purpose"),
        sa.CheckConstraint("repeat IN ('once', 'always', 'after_days')", name="ck_campaign_definitions_repeat"),
        sa.CheckConstraint("approval IN ('none', 'required')", name="ck_campaign_definitions_approval"),
    )
    op.execute(_TAKE_OVER)


def _campaigns() -> None:
    op.add_column("campaigns", sa.Column("removed_at", MOMENT))
    op.execute(_MARK_REMOVED)
    op.execute(_COPY_SHARED)
    for column in MOVED:
        op.drop_column("campaigns", column)
    op.create_foreign_key(
        "fk_campaigns_definition",
        "campaigns",
        "campaign_definitions",
        list(SHARED),
        list(SHARED),
        onupdate="CASCADE",
    )
    op.execute(_VIEW)
