"""The first schema: customers, campaigns, messages, events.

It repeats what `db.schema.tables` said on its day, on purpose: a migration must not change when the tables do.
Migrations only go forward; the way back is a backup.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, TIMESTAMP

revision: str = "0001_initial"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = TIMESTAMP(timezone=True)
NOW = sa.func.now()
EMPTY_OBJECT = sa.text("'{}'::jsonb")
EMPTY_LIST = sa.text("'[]'::jsonb")


def upgrade() -> None:
    _customer_profiles()
    _state_transitions()
    _campaigns()
    _communications_log()
    _rendered_messages()
    _suppressions()
    _event_inbox()
    _installation()


def _customer_profiles() -> None:
    op.create_table(
        "customer_profiles",
        sa.Column("customer_email", sa.String(255), nullable=False),
        sa.Column("state", sa.String(50), server_default="VISITOR", nullable=False),
        sa.Column("total_spend", sa.Numeric(10, 2), server_default=sa.text("0.00"), nullable=False),
        sa.Column("order_count", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("last_order_date", MOMENT),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("customer_id", sa.String(26), nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("phone", sa.String(32)),
        sa.Column("locale", sa.String(35)),
        sa.Column("time_zone", sa.String(64)),
        sa.Column("country", sa.String(2)),
        sa.Column("consent_email", sa.Boolean),
        sa.Column("consent_sms", sa.Boolean),
        sa.Column("epoch", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("revision", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("last_write", sa.String(64)),
        sa.Column("stopped_at", MOMENT),
        sa.PrimaryKeyConstraint("customer_email", name="pk_customer_profiles"),
        sa.UniqueConstraint("customer_id", name="uq_customer_profiles_customer_id"),
    )
    op.create_index("ix_customer_profiles_state_last_order_date", "customer_profiles", ["state", "last_order_date"])


def _state_transitions() -> None:
    op.create_table(
        "state_transitions",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("customer_id", sa.String(26), nullable=False),
        sa.Column("customer_email", sa.String(255)),
        sa.Column("from_state", sa.String(50)),
        sa.Column("to_state", sa.String(50), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("cause", sa.String(255), nullable=False),
        sa.Column("restated", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("recorded_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_state_transitions"),
    )
    op.create_index("ix_state_transitions_customer_id_id", "state_transitions", ["customer_id", "id"])


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("trigger_event", sa.String(50), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("template_body", sa.Text),
        sa.Column("delay_hours", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("step", sa.Integer, server_default=sa.text("1"), nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("preheader", sa.Text),
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
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.UniqueConstraint("slug", "step", name="uq_campaigns_slug_step"),
        sa.CheckConstraint("status IN ('draft', 'live', 'paused')", name="ck_campaigns_status"),
        sa.CheckConstraint("purpose IN ('transactional', 'marketing')", name="ck_campaigns_purpose"),
        sa.CheckConstraint("repeat IN ('once', 'always', 'after_days')", name="ck_campaigns_repeat"),
    )
    op.create_index("ix_campaigns_trigger_event", "campaigns", ["trigger_event"])


def _communications_log() -> None:
    op.create_table(
        "communications_log",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("customer_email", sa.String(255)),
        sa.Column("campaign_id", sa.Integer),
        sa.Column("sent_at", MOMENT, server_default=NOW),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("message_key", sa.CHAR(64), nullable=False),
        sa.Column("customer_id", sa.String(26), nullable=False),
        sa.Column("channel", sa.String(20)),
        sa.Column("trigger_event", sa.String(50)),
        sa.Column("occurrence", sa.String(255)),
        sa.Column("reason", sa.Text),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("triggered_at", MOMENT),
        sa.Column("attempts", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("fence", sa.String(128)),
        sa.Column("lease_until", MOMENT),
        sa.Column("provider", sa.String(30)),
        sa.Column("provider_message_id", sa.String(255)),
        sa.Column("context", JSONB, server_default=EMPTY_OBJECT, nullable=False),
        sa.Column("products", JSONB, server_default=EMPTY_LIST, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_communications_log"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_communications_log_campaign_id"),
        sa.UniqueConstraint("message_key", name="uq_communications_log_message_key"),
        sa.CheckConstraint(
            "status IN ('PLANNED', 'CLAIMED', 'SENT', 'OPENED', 'CLICKED',"
            " 'SKIPPED', 'FAILED', 'BOUNCED', 'COMPLAINED', 'UNKNOWN')",
            name="ck_communications_log_status",
        ),
    )
    op.create_index("ix_communications_log_customer_email", "communications_log", ["customer_email"])
    op.create_index("ix_communications_log_customer_id_status", "communications_log", ["customer_id", "status"])


def _rendered_messages() -> None:
    op.create_table(
        "rendered_messages",
        sa.Column("message_key", sa.CHAR(64), nullable=False),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("content", BYTEA, nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("message_key", name="pk_rendered_messages"),
        sa.ForeignKeyConstraint(
            ["message_key"],
            ["communications_log.message_key"],
            name="fk_rendered_messages_message_key",
            ondelete="CASCADE",
        ),
    )


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("customer_id", sa.String(26), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(30), nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "channel", name="pk_suppressions"),
        sa.CheckConstraint(
            "reason IN ('hard_bounce', 'complaint', 'unsubscribe', 'manual')", name="ck_suppressions_reason"
        ),
    )


def _event_inbox() -> None:
    op.create_table(
        "event_inbox",
        sa.Column("event_id", sa.String(255), nullable=False),
        sa.Column("sequence", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("customer_id", sa.String(26)),
        sa.Column("customer_email", sa.String(255)),
        sa.Column("type", sa.String(50)),
        sa.Column("occurred_at", MOMENT),
        sa.Column("received_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("body", JSONB),
        sa.Column("raw", BYTEA),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("applied_at", MOMENT),
        sa.PrimaryKeyConstraint("event_id", name="pk_event_inbox"),
        sa.UniqueConstraint("sequence", name="uq_event_inbox_sequence"),
        sa.CheckConstraint("status IN ('RECEIVED', 'APPLIED', 'REFUSED', 'DISCARDED')", name="ck_event_inbox_status"),
    )
    op.create_index(
        "ix_event_inbox_customer_id_occurred_at_event_id",
        "event_inbox",
        ["customer_id", "occurred_at", "event_id"],
    )
    op.create_index(
        "ix_event_inbox_received",
        "event_inbox",
        ["sequence"],
        postgresql_where=sa.text("status = 'RECEIVED'"),
    )


def _installation() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Boolean, server_default=sa.text("true"), nullable=False),
        sa.Column("identity_key_fingerprint", sa.CHAR(64), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
        sa.CheckConstraint("id", name="ck_installation_single_row"),
    )
