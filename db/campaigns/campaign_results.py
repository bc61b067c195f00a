"""What came of campaigns: what became of their messages, what people and machines did with them, what was bought."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns.attributed_orders import ATTRIBUTED, ORDERS

_CHOSEN = """
    chosen AS (
      SELECT message.message_key, message.customer_id, message.status, message.reason, message.sent_at,
             message.provider, message.variant, message.held_out, campaign.slug, campaign.step
      FROM communications_log AS message JOIN campaigns AS campaign ON campaign.id = campaign_id
      WHERE (CAST(:since AS timestamptz) IS NULL OR coalesce(sent_at, due_at) >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR coalesce(sent_at, due_at) < :until))
"""

_RESULTS = text(f"""
    WITH {ORDERS}, {ATTRIBUTED}, {_CHOSEN},
    events AS (
      SELECT message_key, bool_or(kind IN ('OPEN', 'CLICK') AND NOT is_machine) AS opened,
             bool_or(kind = 'CLICK' AND NOT is_machine) AS clicked,
             bool_or(kind IN ('OPEN', 'CLICK') AND is_machine) AS fetched,
             bool_or(kind = 'CLICK' AND is_machine) AS followed,
             bool_or(kind = 'DELIVERED') AS delivered, bool_or(kind = 'BOUNCE') AS bounced,
             bool_or(kind = 'SOFT_BOUNCE') AS soft_bounced, bool_or(kind = 'COMPLAINT') AS complained,
             bool_or(kind = 'UNSUBSCRIBE') AS unsubscribed
      FROM message_events GROUP BY message_key),
    talkative AS (
      SELECT DISTINCT provider FROM message_events JOIN communications_log USING (message_key)
      WHERE kind = 'DELIVERED'),
    sales AS (
      SELECT message_key, count(*) FILTER (WHERE stands) AS orders, sum(revenue) AS revenue
      FROM attributed GROUP BY message_key),
    messages AS (
      SELECT chosen.*, events.*, coalesce(orders, 0) AS orders, coalesce(revenue, 0) AS revenue,
             sent_at IS NOT NULL AS sent, chosen.provider IN (SELECT provider FROM talkative) AS is_told_of
      FROM chosen LEFT JOIN events USING (message_key) LEFT JOIN sales USING (message_key))
    SELECT slug, step, variant,
           count(*) FILTER (WHERE NOT held_out) AS planned,
           count(*) FILTER (WHERE status IN ('PLANNED', 'CLAIMED')) AS waiting,
           count(*) FILTER (WHERE sent) AS sent,
           count(*) FILTER (WHERE sent AND is_told_of) AS told_of,
           count(*) FILTER (WHERE delivered) AS delivered,
           count(*) FILTER (WHERE opened) AS opened,
           count(*) FILTER (WHERE fetched AND NOT opened) AS opened_by_machines,
           count(*) FILTER (WHERE clicked) AS clicked,
           count(*) FILTER (WHERE followed AND NOT clicked) AS clicked_by_machines,
           sum(orders)::int AS orders, sum(revenue) AS revenue,
           count(*) FILTER (WHERE unsubscribed) AS unsubscribed,
           count(*) FILTER (WHERE complained OR status = 'COMPLAINED') AS complained,
           count(*) FILTER (WHERE bounced OR status = 'BOUNCED') AS bounced,
           count(*) FILTER (WHERE soft_bounced) AS soft_bounced,
           count(*) FILTER (WHERE status = 'FAILED') AS failed,
           count(*) FILTER (WHERE status = 'UNKNOWN') AS unknown,
           count(*) FILTER (WHERE status = 'SKIPPED' AND NOT held_out) AS skipped,
           count(*) FILTER (WHERE held_out) AS held_out,
           count(DISTINCT customer_id) FILTER (WHERE sent) AS customers,
           count(DISTINCT customer_id) FILTER (WHERE clicked) AS clickers,
           count(DISTINCT customer_id) FILTER (WHERE orders > 0) AS buyers
    FROM messages
    GROUP BY GROUPING SETS ((slug), (slug, step), (slug, variant))
    HAVING GROUPING(variant) = 1 OR variant IS NOT NULL
    ORDER BY slug, step, variant
""")  # noqa: S608 - put together from what stands in this file

_SKIPPED = text(f"""
    WITH {_CHOSEN}
    SELECT slug, coalesce(reason, 'no reason kept') AS reason, count(*) AS count
    FROM chosen WHERE status = 'SKIPPED' AND NOT held_out
    GROUP BY 1, 2 ORDER BY slug, count DESC, reason
""")  # noqa: S608 - put together from what stands in this file


@dataclass(frozen=True)
class Results:
    """Counts of messages: of a whole campaign, of one `step`, or of one `variant`.

    Of `sent` messages so many are `told_of` by a provider that tells what it delivered. Who clicked has opened; what
    only machines opened, or clicked, stands apart. `orders` still stand, `revenue` is net of refunds. `customers` are
    people who were sent something; `clickers` and `buyers` are those of them who clicked, and who ordered.
    """

    slug: str
    step: int | None = None
    variant: str | None = None
    planned: int = 0
    waiting: int = 0
    sent: int = 0
    told_of: int = 0
    delivered: int = 0
    opened: int = 0
    opened_by_machines: int = 0
    clicked: int = 0
    clicked_by_machines: int = 0
    orders: int = 0
    revenue: Decimal = Decimal(0)
    unsubscribed: int = 0
    complained: int = 0
    bounced: int = 0
    soft_bounced: int = 0
    failed: int = 0
    unknown: int = 0
    skipped: int = 0
    held_out: int = 0
    customers: int = 0
    clickers: int = 0
    buyers: int = 0


@dataclass(frozen=True)
class Skipped:
    """How many messages of a campaign were not sent for one reason."""

    slug: str
    reason: str
    count: int


@dataclass(frozen=True)
class Period:
    """Messages sent, or due when they were not sent, from `since` on and before `until`; None is no bound."""

    since: datetime | None = None
    until: datetime | None = None


async def campaign_results(engine: AsyncEngine, window: timedelta, period: Period) -> tuple[Results, ...]:
    """Of every campaign with messages in a period: its results, those of each step, and those of each variant.

    Orders are those due to these messages, whenever they came in `window` after a click or an open; an order that
    is due to a message outside of the period is none of theirs.
    """
    values = {"window": window, "since": period.since, "until": period.until}
    async with engine.connect() as connection:
        return tuple(Results(**row) for row in (await connection.execute(_RESULTS, values)).mappings())


async def skipped_messages(engine: AsyncEngine, period: Period) -> tuple[Skipped, ...]:
    """Why messages of a period were not sent, by campaign, the most frequent reason first."""
    values = {"since": period.since, "until": period.until}
    async with engine.connect() as connection:
        return tuple(Skipped(**row) for row in (await connection.execute(_SKIPPED, values)).mappings())
