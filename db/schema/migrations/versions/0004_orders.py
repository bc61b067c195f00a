"""A table of orders, filled from the ledger: attribution joins it instead of reading every event.

Written by hand, as its predecessors; see there.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision: str = "0004_orders"
down_revision: str | None = "0003_messages"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = TIMESTAMP(timezone=True)
MONEY = sa.Numeric(10, 2)

# What lifecycle/standing.py says of one order, for all at once. A cancellation states an amount of its own, and single
# refunds add up; the larger of the two, at most the total, went back.
FILL = """
    WITH reported AS (
      SELECT customer_id, event_id, body ->> 'order_id' AS order_id, body ->> 'refund_id' AS refund_id,
             coalesce(CAST(body ->> 'cancelled' AS boolean), false) AS cancelled,
             CAST(body ->> 'amount' AS numeric) AS amount
      FROM event_inbox
      WHERE type = 'ORDER_REFUNDED' AND status = 'APPLIED' AND body IS NOT NULL),
    -- The same refund reported again carries the amount so far.
    refunds AS (
      SELECT customer_id, order_id, cancelled, max(amount) AS amount,
             bool_or(cancelled AND amount IS NULL) AS whole
      FROM reported
      GROUP BY customer_id, order_id, cancelled,
               CASE WHEN cancelled THEN '' ELSE coalesce(refund_id, event_id) END),
    refunded AS (
      SELECT customer_id, order_id, bool_or(cancelled) AS cancelled, bool_or(whole) AS whole,
             coalesce(max(amount) FILTER (WHERE cancelled), 0) AS cancelled_amount,
             coalesce(sum(amount) FILTER (WHERE NOT cancelled), 0) AS single_refunds
      FROM refunds GROUP BY customer_id, order_id),
    paid AS (
      SELECT DISTINCT ON (customer_id, body #>> '{order,order_id}')
             customer_id, body #>> '{order,order_id}' AS order_id, event_id, occurred_at, received_at,
             CAST(body #>> '{order,total}' AS numeric) AS total, body #>> '{order,currency}' AS currency
      FROM event_inbox
      WHERE type = 'ORDER_PAID' AND status = 'APPLIED' AND body IS NOT NULL
      ORDER BY customer_id, body #>> '{order,order_id}', occurred_at, event_id COLLATE "C")
    INSERT INTO orders (customer_id, order_id, event_id, placed_at, reported_at, total, refunded, counted, currency)
    SELECT customer_id, order_id, event_id, occurred_at, received_at, total, given_back,
           NOT (coalesce(cancelled, false) OR (total > 0 AND given_back = total)), currency
    FROM paid LEFT JOIN refunded USING (customer_id, order_id), LATERAL (
      SELECT least(total, CASE WHEN whole THEN total ELSE greatest(cancelled_amount, single_refunds, 0) END)
    ) AS net(given_back)
"""


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("customer_id", sa.String(26), nullable=False),
        sa.Column("order_id", sa.String(255), nullable=False),
        sa.Column("event_id", sa.String(255), nullable=False),
        sa.Column("placed_at", MOMENT, nullable=False),
        sa.Column("reported_at", MOMENT, nullable=False),
        sa.Column("total", MONEY, nullable=False),
        sa.Column("refunded", MONEY, nullable=False),
        sa.Column("counted", sa.Boolean, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "order_id", name="pk_orders"),
    )
    op.execute(FILL)
    op.create_index("ix_orders_customer_id_placed_at", "orders", ["customer_id", "placed_at"])
