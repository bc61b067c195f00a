"""The front door: where an event waits and for whom, references, erasures, tokens, what became of a message.

Written by hand, as its predecessor; see there.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

revision: str = "0002_front_door"
down_revision: str | None = "0001_initial"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = TIMESTAMP(timezone=True)
NOW = sa.func.now()
EMPTY_LIST = sa.text("'[]'::jsonb")


def upgrade() -> None:
    _event_inbox()
    _customer_references()
    _erasures()
    _api_tokens()
    _message_events()


def _event_inbox() -> None:
    for column in (
        sa.Column("source", sa.String(30)),
        sa.Column("topic", sa.String(100)),
        sa.Column("signal_after", MOMENT, server_default=NOW, nullable=False),
        sa.Column("waits_for", ARRAY(sa.Text)),
        sa.Column("mentions", ARRAY(sa.Text)),
    ):
        op.add_column("event_inbox", column)
    op.drop_constraint("ck_event_inbox_status", "event_inbox")
    op.create_check_constraint(
        "ck_event_inbox_status",
        "event_inbox",
        "status IN ('RECEIVED', 'WAITING', 'SIGNALLED', 'APPLIED', 'SKIPPED', 'REFUSED', 'DISCARDED')",
    )
    op.drop_index("ix_event_inbox_received", "event_inbox")
    op.create_index(
        "ix_event_inbox_received",
        "event_inbox",
        ["customer_id", "sequence"],
        postgresql_where=sa.text("status = 'RECEIVED'"),
    )
    op.create_index(
        "ix_event_inbox_waits_for",
        "event_inbox",
        ["waits_for"],
        postgresql_using="gin",
        postgresql_where=sa.text("status = 'WAITING'"),
    )
    op.create_index("ix_event_inbox_mentions", "event_inbox", ["mentions"], postgresql_using="gin")
    op.create_index(
        "ix_event_inbox_kept",
        "event_inbox",
        ["received_at"],
        postgresql_where=sa.text("status <> 'APPLIED' AND (body IS NOT NULL OR raw IS NOT NULL)"),
    )


def _customer_references() -> None:
    op.create_table(
        "customer_references",
        sa.Column("reference", sa.String(300), nullable=False),
        sa.Column("customer_id", sa.String(26), nullable=False),
        sa.Column("customer_email", sa.String(255), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("reference", "customer_id", name="pk_customer_references"),
    )
    op.create_index("ix_customer_references_customer_id", "customer_references", ["customer_id"])


def _erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("customer_id", sa.String(26), nullable=False),
        sa.Column("erased_at", MOMENT, nullable=False),
        sa.Column("requested_by", sa.String(60), nullable=False),
        sa.Column("returned_at", MOMENT),
        sa.Column("completed_at", MOMENT),
        sa.Column("receipt", JSONB),
        sa.PrimaryKeyConstraint("customer_id", name="pk_erasures"),
    )


def _api_tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("key_id", sa.String(40), nullable=False),
        sa.Column("secret_hash", sa.CHAR(64), nullable=False),
        sa.Column("scopes", JSONB, server_default=EMPTY_LIST, nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("key_id", name="pk_api_tokens"),
    )


def _message_events() -> None:
    op.add_column("rendered_messages", sa.Column("links", JSONB, server_default=EMPTY_LIST, nullable=False))
    op.create_table(
        "message_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("message_key", sa.CHAR(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("link", sa.Integer),
        sa.Column("is_machine", sa.Boolean, nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message_events"),
        sa.ForeignKeyConstraint(
            ["message_key"],
            ["communications_log.message_key"],
            name="fk_message_events_message_key",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("kind IN ('OPEN', 'CLICK')", name="ck_message_events_kind"),
    )
    op.create_index("ix_message_events_message_key_kind", "message_events", ["message_key", "kind"])
