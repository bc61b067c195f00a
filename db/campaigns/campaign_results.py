"""Results of campaigns: what happened to their messages, and what people and machines did with them and bought."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns.attributed_orders import ATTRIBUTED
from db.campaigns.whole_tables import reading_whole_tables

_CHOSEN = """
    chosen AS (
      SELECT message.message_key, message.customer_id, message.status, message.reason, message.sent_at,
             message.provider, message.variant, message.held_out, step.slug, step.step
      FROM communications_log AS message JOIN campaigns AS step ON step.id = campaign_id
      WHERE (CAST(:since AS timestamptz) IS NULL OR coalesce(sent_at, due_at) >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR coalesce(sent_at, due_at) < :until))
"""
"""`chosen`: the messages of a period, with their campaign's slug and their step."""

_REACTIONS = """
    reactions AS (
      SELECT message_key, bool_or(kind IN ('OPEN', 'CLICK') AND NOT is_machine) AS opened,
             bool_or(kind = 'CLICK' AND NOT is_machine) AS clicked,
             bool_or(kind IN ('OPEN', 'CLICK') AND is_machine) AS machine_opened,
             bool_or(kind = 'CLICK' AND is_machine) AS machine_clicked,
             bool_or(kind = 'DELIVERED') AS delivered, bool_or(kind = 'BOUNCE') AS bounced,
             bool_or(kind = 'SOFT_BOUNCE') AS soft_bounced, bool_or(kind = 'COMPLAINT') AS complained,
             bool_or(kind = 'UNSUBSCRIBE') AS unsubscribed
      FROM message_events GROUP BY message_key)
"""
"""`reactions`: what happened to each message after it was sent. A click is an open too."""

_REPORTING = """
    reporting AS (
      SELECT DISTINCT provider FROM message_events JOIN communications_log USING (message_key)
      WHERE kind = 'DELIVERED')
"""
"""`reporting`: the providers that report deliveries. Of messages of the others it is unknown whether they arrived."""

_MESSAGES = """
    messages AS (
      SELECT chosen.*, reactions.*, sent_at IS NOT NULL AS sent,
             chosen.provider IN (SELECT provider FROM reporting) AS is_reported,
             -- Numbers are sorted several times faster than ids. Two of a million customers share one in one of
             -- 40 million reports.
             hashtextextended(customer_id, 0) AS customer
      FROM chosen LEFT JOIN reactions USING (message_key))
"""
"""`messages`: `chosen` with all of that."""

_BY_CAMPAIGN_STEP_AND_VARIANT = """
    GROUP BY GROUPING SETS ((slug), (slug, step), (slug, variant))
    HAVING GROUPING(variant) = 1 OR variant IS NOT NULL
    ORDER BY slug, step, variant
"""

_COUNTS = text(f"""
    WITH {_CHOSEN}, {_REACTIONS}, {_REPORTING}, {_MESSAGES}
    SELECT slug, step, variant,
           count(*) FILTER (WHERE NOT held_out) AS planned,
           count(*) FILTER (WHERE status IN ('PLANNED', 'CLAIMED')) AS waiting,
           count(*) FILTER (WHERE sent) AS sent,
           count(*) FILTER (WHERE sent AND is_reported) AS told_of,
           count(*) FILTER (WHERE delivered) AS delivered,
           count(*) FILTER (WHERE opened) AS opened,
           count(*) FILTER (WHERE machine_opened AND NOT opened) AS opened_by_machines,
           count(*) FILTER (WHERE clicked) AS clicked,
           count(*) FILTER (WHERE machine_clicked AND NOT clicked) AS clicked_by_machines,
           count(*) FILTER (WHERE unsubscribed) AS unsubscribed,
           count(*) FILTER (WHERE complained OR status = 'COMPLAINED') AS complained,
           count(*) FILTER (WHERE bounced OR status = 'BOUNCED') AS bounced,
           count(*) FILTER (WHERE soft_bounced) AS soft_bounced,
           count(*) FILTER (WHERE status = 'FAILED') AS failed,
           count(*) FILTER (WHERE status = 'UNKNOWN') AS unknown,
           count(*) FILTER (WHERE status = 'SKIPPED' AND NOT held_out) AS skipped,
           count(*) FILTER (WHERE held_out) AS held_out,
           count(DISTINCT customer) FILTER (WHERE sent) AS customers,
           count(DISTINCT customer) FILTER (WHERE clicked) AS clickers
    FROM messages
    {_BY_CAMPAIGN_STEP_AND_VARIANT}
""")

_SALES = text(f"""
    WITH {ATTRIBUTED}, {_CHOSEN}
    SELECT slug, step, variant, count(*) FILTER (WHERE counted) AS orders, sum(revenue) AS revenue,
           count(DISTINCT attributed.customer_id) FILTER (WHERE counted) AS buyers
    FROM attributed JOIN chosen USING (message_key)
    {_BY_CAMPAIGN_STEP_AND_VARIANT}
""")

_SKIPPED = text(f"""
    WITH {_CHOSEN}
    SELECT slug, coalesce(reason, 'no reason stored') AS reason, count(*) AS count
    FROM chosen WHERE status = 'SKIPPED' AND NOT held_out
    GROUP BY 1, 2 ORDER BY slug, count DESC, reason
""")


@dataclass(frozen=True)
class CampaignResults:
    """Counts of messages: of a whole campaign, of one `step`, or of one `variant`.

    `told_of` are the `sent` messages of providers that report what they delivered. A click counts as an open too;
    what only machines opened, or clicked, is counted apart. `orders` still count, `revenue` is net of refunds.
    `customers` are people who were sent something; `clickers` and `buyers` are those of them who clicked, and who
    ordered.
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
    """Messages sent, or due if they were not sent, from `since` on and before `until`; None is no bound."""

    since: datetime | None = None
    until: datetime | None = None


async def campaign_results(engine: AsyncEngine, window: timedelta, period: Period) -> tuple[CampaignResults, ...]:
    """The results of every campaign with messages in a period, of each of its steps, and of each of its variants.

    Orders are those credited to these messages, whenever they came within `window` after a click or an open; an order
    that is credited to a message outside of the period is not included.
    """
    values = {"window": window, "since": period.since, "until": period.until}
    counts, sales = await asyncio.gather(_rows(engine, _COUNTS, values), _rows(engine, _SALES, values))
    sold = {(row["slug"], row["step"], row["variant"]): row for row in sales}
    return tuple(
        CampaignResults(**{**row, **sold.get((row["slug"], row["step"], row["variant"]), {})}) for row in counts
    )


async def skipped_messages(engine: AsyncEngine, period: Period) -> tuple[Skipped, ...]:
    """Why messages of a period were not sent, by campaign, the most frequent reason first."""
    values = {"since": period.since, "until": period.until}
    return tuple(Skipped(**row) for row in await _rows(engine, _SKIPPED, values))


async def _rows(engine: AsyncEngine, statement: TextClause, values: dict[str, Any]) -> list[dict[str, Any]]:
    async with reading_whole_tables(engine) as connection:
        return [dict(row) for row in (await connection.execute(statement, values)).mappings()]
