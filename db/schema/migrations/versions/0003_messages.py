"""Messages worth opening: languages, variants, coupons, written content, what providers tell, and what holds back.

Written by hand, as its predecessors; see there.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision: str = "0003_messages"
down_revision: str | None = "0002_front_door"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = TIMESTAMP(timezone=True)
NOW = sa.func.now()
ZERO = sa.text("0")
EMPTY_LIST = sa.text("'[]'::jsonb")
EMPTY_OBJECT = sa.text("'{}'::jsonb")
COST = sa.Numeric(12, 6)

# A function sees what was committed until it is called: a code that was reserved while the statement that ends its
# message already ran, too. A part of that statement would not.
_GIVE_COUPON_BACK = """
    CREATE FUNCTION give_coupon_back() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE coupon_codes SET message_key = NULL, reserved_at = NULL WHERE message_key = NEW.message_key;
      RETURN NULL;
    END $$
"""


def upgrade() -> None:
    _campaigns()
    _campaign_starts()
    _communications_log()
    _message_events()
    _customer_profiles()
    _sending()
    _coupon_codes()
    _written_contents()


def _campaigns() -> None:
    for column in (
        sa.Column("approval", sa.String(10), server_default="none", nullable=False),
        sa.Column("locales", JSONB, server_default=EMPTY_OBJECT, nullable=False),
        sa.Column("variants", JSONB, server_default=EMPTY_LIST, nullable=False),
        sa.Column("send_at_hour", sa.Integer),
        sa.Column("holdout", sa.Integer, server_default=ZERO, nullable=False),
        sa.Column("coupon_pool", sa.String(64)),
        sa.Column("coupon_fallback", sa.String(64)),
    ):
        op.add_column("campaigns", column)
    op.create_check_constraint("ck_campaigns_approval", "campaigns", "approval IN ('none', 'required')")


def _campaign_starts() -> None:
    op.create_table(
        "campaign_starts",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("started_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("forced", sa.Boolean, nullable=False),
        sa.Column("findings", JSONB, server_default=EMPTY_LIST, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_starts"),
    )
    op.create_index("ix_campaign_starts_slug_started_at", "campaign_starts", ["slug", "started_at"])


def _communications_log() -> None:
    for column in (
        sa.Column("variant", sa.String(20)),
        sa.Column("held_out", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("content", JSONB),
        sa.Column("decisions", JSONB, server_default=EMPTY_LIST, nullable=False),
    ):
        op.add_column("communications_log", column)
    op.create_index("ix_communications_log_campaign_id", "communications_log", ["campaign_id"])
    op.create_index("ix_communications_log_provider_message_id", "communications_log", ["provider_message_id"])


def _message_events() -> None:
    op.add_column("message_events", sa.Column("provider_event_id", sa.String(255)))
    op.add_column("message_events", sa.Column("detail", sa.Text))
    op.create_unique_constraint("uq_message_events_provider_event_id", "message_events", ["provider_event_id"])
    op.drop_constraint("ck_message_events_kind", "message_events")
    op.create_check_constraint(
        "ck_message_events_kind",
        "message_events",
        "kind IN ('OPEN', 'CLICK', 'DELIVERED', 'BOUNCE', 'SOFT_BOUNCE', 'COMPLAINT', 'UNSUBSCRIBE', 'FAILURE')",
    )


def _customer_profiles() -> None:
    for channel in ("email", "sms"):
        op.add_column("customer_profiles", sa.Column(f"consent_{channel}_at", MOMENT))
        op.add_column("customer_profiles", sa.Column(f"consent_{channel}_source", sa.Text))


def _sending() -> None:
    op.create_table(
        "sending_stops",
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("stopped_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_sending_stops"),
        sa.CheckConstraint("scope IN ('MARKETING', 'ALL')", name="ck_sending_stops_scope"),
    )
    op.create_table(
        "sending_rates",
        sa.Column("provider", sa.String(30), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("put_off_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("provider", name="pk_sending_rates"),
    )


def _coupon_codes() -> None:
    op.create_table(
        "coupon_codes",
        sa.Column("pool", sa.String(64), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("message_key", sa.CHAR(64)),
        sa.Column("reserved_at", MOMENT),
        sa.Column("imported_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("pool", "code", name="pk_coupon_codes"),
        sa.UniqueConstraint("code", name="uq_coupon_codes_code"),
    )
    given = sa.text("message_key IS NOT NULL")
    op.create_index("uq_coupon_codes_message_key", "coupon_codes", ["message_key"], unique=True, postgresql_where=given)
    free = sa.text("message_key IS NULL")
    op.create_index("ix_coupon_codes_free", "coupon_codes", ["pool", "sequence"], postgresql_where=free)
    op.execute(_GIVE_COUPON_BACK)
    op.execute("""
        CREATE TRIGGER gives_coupon_back AFTER UPDATE OF status ON communications_log FOR EACH ROW
        WHEN (OLD.status = 'PLANNED' AND NEW.status IN ('SKIPPED', 'FAILED'))
        EXECUTE FUNCTION give_coupon_back()
    """)


def _written_contents() -> None:
    op.create_table(
        "written_contents",
        sa.Column("content_key", sa.CHAR(64), nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("sku", sa.String(255), nullable=False),
        sa.Column("product_name", sa.Text, nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("model", sa.String(120), nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("body", JSONB),
        sa.Column("input_tokens", sa.Integer, server_default=ZERO, nullable=False),
        sa.Column("output_tokens", sa.Integer, server_default=ZERO, nullable=False),
        sa.Column("cost", COST, server_default=ZERO, nullable=False),
        sa.Column("fence", sa.String(128)),
        sa.Column("lease_until", MOMENT),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("decided_at", MOMENT),
        sa.PrimaryKeyConstraint("content_key", name="pk_written_contents"),
        sa.CheckConstraint(
            "status IN ('WRITING', 'FAILED', 'PENDING', 'APPROVED', 'REJECTED')", name="ck_written_contents_status"
        ),
    )
    op.create_index("ix_written_contents_status_created_at", "written_contents", ["status", "created_at"])
    op.create_table(
        "language_model_use",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("requests", sa.Integer, server_default=ZERO, nullable=False),
        sa.Column("tokens", sa.Integer, server_default=ZERO, nullable=False),
        sa.Column("cost", COST, server_default=ZERO, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_language_model_use"),
    )
