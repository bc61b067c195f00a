"""Customers who are held out of a campaign, beside those whom it was meant for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns.campaign_results import Period
from db.campaigns.whole_tables import reading_whole_tables

_EXPERIMENTS = """
    experiments AS (
      SELECT slug, min(planned_at) AS began,
             CASE WHEN bool_or(campaign.holdout > 0) THEN 'infinity' ELSE max(planned_at) END AS ended
      FROM communications_log JOIN campaign_steps AS campaign ON campaign.id = campaign_id
      WHERE held_out GROUP BY slug)
"""
"""`experiments`: each campaign that held customers out, and from when until when it did."""

_ASSIGNED = """
    assigned AS (
      SELECT slug, message.customer_id, held_out, sent_at IS NOT NULL AS sent,
             -- A deferred message was due when that was first decided.
             least(due_at, CAST(decisions -> 0 ->> 'at' AS timestamptz)) AS due,
             greatest(CAST(:now AS timestamptz), profile.updated_at) AS customer_now
      FROM communications_log AS message
      JOIN campaigns AS step ON step.id = campaign_id
      JOIN experiments USING (slug)
      LEFT JOIN customer_profiles AS profile ON profile.customer_id = message.customer_id
      WHERE planned_at BETWEEN began AND ended
        -- A message that was skipped when it was planned never reached the question of the holdout.
        AND (held_out OR message.status <> 'SKIPPED' OR decisions <> '[]' OR reason LIKE 'ended by %'))
"""
"""`assigned`: the messages of an experiment, sent or held out, with the time from which on purchases count."""

_DUE = """
    due AS (
      SELECT * FROM assigned
      WHERE due <= customer_now AND (CAST(:since AS timestamptz) IS NULL OR due >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR due < :until))
"""
"""`due`: those of them that were due in the period, and by the customer's own time."""

_BOUGHT = """
    bought AS (
      SELECT slug, customer_id, count(*) FILTER (WHERE counted) AS orders, sum(revenue) AS revenue
      FROM (
        SELECT DISTINCT slug, customer_id, order_id, total - refunded AS revenue, counted
        -- An order at the very instant is the one that triggered the message.
        FROM due JOIN orders USING (customer_id)
        WHERE placed_at > due AND placed_at <= due + CAST(:window AS interval)) AS found
      GROUP BY slug, customer_id)
"""
"""`bought`: what each customer bought in the window after their messages were due, each order once."""

_CUSTOMERS = """
    customers AS (
      SELECT slug, customer_id, bool_or(held_out) AS held_out, bool_or(sent) AS sent,
             coalesce(max(orders), 0) AS orders, coalesce(max(revenue), 0) AS revenue
      FROM due LEFT JOIN bought USING (slug, customer_id)
      GROUP BY slug, customer_id
      -- A holdout that was made larger or smaller has moved the others from one side to the other.
      HAVING bool_or(held_out) = bool_and(held_out))
"""
"""`customers`: those who were on one side all the time."""

_GROUPS = text(f"""
    WITH {_EXPERIMENTS}, {_ASSIGNED}, {_DUE}, {_BOUGHT}, {_CUSTOMERS}
    SELECT slug, grouped.name AS group, count(*) AS customers, count(*) FILTER (WHERE orders > 0) AS buyers,
           sum(orders)::int AS orders, sum(revenue) AS revenue, coalesce(var_samp(revenue), 0) AS variance
    FROM customers, LATERAL (
      VALUES ('held out', held_out), ('meant', NOT held_out), ('sent', sent)) AS grouped(name, is_in)
    WHERE is_in
    GROUP BY slug, grouped.name
""")


@dataclass(frozen=True)
class Group:
    """Customers of one side, and what they bought in the window after their messages were due, each order once.

    `buyers` have an order that still counts, `revenue` is net of refunds, and `variance` is that of the revenue per
    customer.
    """

    customers: int = 0
    buyers: int = 0
    orders: int = 0
    revenue: Decimal = Decimal(0)
    variance: float = 0.0


@dataclass(frozen=True)
class Holdout:
    """Who was held out of a campaign, whom it was `meant` for otherwise, and those of the latter who were `sent` it.

    Chance put the first two on their side, before consent or a purchase was looked at. Customers who were sent it were
    selected by more than chance: that group is for information, not for comparison.
    """

    held_out: Group
    meant: Group
    sent: Group


async def holdouts(engine: AsyncEngine, window: timedelta, period: Period, now: datetime) -> dict[str, Holdout]:
    """The groups of every campaign with a holdout, by slug, from messages due in a period and by `now`.

    They are counted from when the holdout began until it ended.
    """
    values = {"window": window, "since": period.since, "until": period.until, "now": now}
    found: dict[str, dict[str, Group]] = {}
    async with reading_whole_tables(engine) as connection:
        for row in (await connection.execute(_GROUPS, values)).mappings():
            group = Group(row["customers"], row["buyers"], row["orders"], row["revenue"], float(row["variance"]))
            found.setdefault(row["slug"], {})[row["group"]] = group
    return {
        slug: Holdout(*(groups.get(name, Group()) for name in ("held out", "meant", "sent")))
        for slug, groups in found.items()
    }
