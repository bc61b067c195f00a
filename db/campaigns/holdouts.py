"""Customers who are kept from a campaign, beside those whom it was meant for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns.attributed_orders import ORDERS
from db.campaigns.campaign_results import Period

_GROUPS = text(f"""
    WITH {ORDERS},
    experiments AS (
      SELECT slug, min(planned_at) AS began,
             CASE WHEN bool_or(campaign.holdout > 0) THEN 'infinity' ELSE max(planned_at) END AS ended
      FROM communications_log JOIN campaigns AS campaign ON campaign.id = campaign_id WHERE held_out GROUP BY slug),
    meant AS (
      SELECT slug, message.customer_id, held_out, sent_at IS NOT NULL AS sent,
             -- What was put off was due when that was first decided.
             least(due_at, CAST(decisions -> 0 ->> 'at' AS timestamptz)) AS due,
             greatest(CAST(:now AS timestamptz), profile.updated_at) AS lives_at
      FROM communications_log AS message
      JOIN campaigns AS campaign ON campaign.id = campaign_id
      JOIN experiments USING (slug)
      LEFT JOIN customer_profiles AS profile ON profile.customer_id = message.customer_id
      WHERE planned_at BETWEEN began AND ended
        -- What was skipped as it was planned never came to the question of the holdout.
        AND (held_out OR message.status <> 'SKIPPED' OR decisions <> '[]' OR reason LIKE 'ended by %')),
    due AS (
      SELECT * FROM meant
      WHERE due <= lives_at AND (CAST(:since AS timestamptz) IS NULL OR due >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR due < :until)),
    bought AS (
      SELECT slug, customer_id, count(*) FILTER (WHERE stands) AS orders, sum(revenue) AS revenue
      FROM (SELECT DISTINCT slug, customer_id, order_id, revenue, stands
            -- At the very instant it is the order that triggered the message.
            FROM due JOIN orders USING (customer_id) WHERE at > due AND at <= due + CAST(:window AS interval)) AS found
      GROUP BY slug, customer_id),
    customers AS (
      SELECT slug, customer_id, bool_or(held_out) AS held_out, bool_or(sent) AS sent,
             coalesce(max(orders), 0) AS orders, coalesce(max(revenue), 0) AS revenue
      FROM due LEFT JOIN bought USING (slug, customer_id)
      GROUP BY slug, customer_id
      -- A holdout that was made larger or smaller has moved them from one side to the other.
      HAVING bool_or(held_out) = bool_and(held_out))
    SELECT slug, grouped.name AS group, count(*) AS customers, count(*) FILTER (WHERE orders > 0) AS buyers,
           sum(orders)::int AS orders, sum(revenue) AS revenue, coalesce(var_samp(revenue), 0) AS variance
    FROM customers, LATERAL (
      VALUES ('held out', held_out), ('meant', NOT held_out), ('sent', sent)) AS grouped(name, is_in)
    WHERE is_in
    GROUP BY slug, grouped.name
""")  # noqa: S608 - put together from what stands in this file


@dataclass(frozen=True)
class Group:
    """Customers of one side, and what they bought in the window after their messages were due, each order once.

    `buyers` have an order that still stands, `revenue` is net of refunds, and `variance` that of revenue per customer.
    """

    customers: int = 0
    buyers: int = 0
    orders: int = 0
    revenue: Decimal = Decimal(0)
    variance: float = 0.0


@dataclass(frozen=True)
class Holdout:
    """Who was held out of a campaign, whom it was `meant` for otherwise, and those of the latter who were `sent` it.

    The first two were put on their side by chance, before anybody asked for consent or looked whether they had bought
    already. Whoever was sent it was chosen by more than chance: that group is to be seen, not to be compared with.
    """

    held_out: Group
    meant: Group
    sent: Group


async def holdouts(engine: AsyncEngine, window: timedelta, period: Period, now: datetime) -> dict[str, Holdout]:
    """The groups of every campaign that holds customers out, by slug: of messages due in a period and by `now`.

    Counted since the holdout began, and until it ended.
    """
    values = {"window": window, "since": period.since, "until": period.until, "now": now}
    found: dict[str, dict[str, Group]] = {}
    async with engine.connect() as connection:
        for row in (await connection.execute(_GROUPS, values)).mappings():
            group = Group(row["customers"], row["buyers"], row["orders"], row["revenue"], float(row["variance"]))
            found.setdefault(row["slug"], {})[row["group"]] = group
    return {
        slug: Holdout(*(groups.get(name, Group()) for name in ("held out", "meant", "sent")))
        for slug, groups in found.items()
    }
