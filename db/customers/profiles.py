"""Reads and writes of one customer. Every write is one statement, guarded by epoch and revision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_TAKE_EPOCH = text("""
    INSERT INTO customer_profiles AS profile (customer_email, customer_id, epoch, created_at, updated_at)
    SELECT :email, CAST(:customer_id AS varchar), 1, :now, :now
    WHERE NOT EXISTS (SELECT FROM erasures
                      WHERE customer_id = :customer_id AND (returned_at IS NULL OR completed_at IS NULL))
    ON CONFLICT (customer_email) DO UPDATE SET epoch = profile.epoch + 1, stopped_at = NULL
    RETURNING epoch, revision, updated_at
""")

_RETURNED = text("SELECT returned_at IS NOT NULL FROM erasures WHERE customer_id = :customer_id")

_APPLIED = """
    SELECT coalesce(jsonb_agg(body ORDER BY occurred_at, event_id), '[]')
    FROM event_inbox WHERE customer_id = :customer_id AND status = 'APPLIED' AND body IS NOT NULL
"""

# A cart is final once Temporal has its signal: sent again, it would open once more though it was bought.
_UNAPPLIED = """
    SELECT coalesce(jsonb_agg(CAST(body AS text) ORDER BY sequence), '[]')
    FROM (SELECT body, sequence FROM event_inbox
          WHERE customer_id = :customer_id AND status = 'RECEIVED' AND body IS NOT NULL
            AND type NOT IN ('ADD_TO_CART', 'CART_UPDATED', 'ERASURE_REQUESTED', 'DATA_REQUESTED')
          ORDER BY sequence LIMIT :most_unapplied) AS waiting
"""

_OPEN_MESSAGES = """
    SELECT coalesce(jsonb_agg(jsonb_build_object(
             'key', message_key, 'campaign', campaign.name, 'due_at', due_at, 'trigger', message.trigger_event,
             'occurrence', occurrence, 'triggered_at', triggered_at, 'attempts', attempts,
             'marketing', campaign.purpose = 'marketing', 'priority', campaign.priority,
             'cart', context -> 'cart') ORDER BY due_at, message_key), '[]')
    FROM communications_log AS message JOIN campaign_steps AS campaign ON campaign.id = campaign_id
    WHERE customer_id = :customer_id AND (message.status IN ('PLANNED', 'CLAIMED')
          OR message.status = 'UNKNOWN' AND message.expires_at > :now)
"""

_MARKETING_SENT = """
    SELECT coalesce(jsonb_agg(coalesce(sent_at, due_at) ORDER BY coalesce(sent_at, due_at)), '[]')
    FROM communications_log AS message JOIN campaign_steps AS campaign ON campaign.id = campaign_id
    WHERE customer_id = :customer_id AND campaign.purpose = 'marketing'
      AND message.status IN ('SENT', 'OPENED', 'CLICKED', 'UNKNOWN', 'COMPLAINED')
      AND coalesce(sent_at, due_at) > CAST(:now AS timestamptz) - CAST(:counting AS interval)
"""

_LAST_SERIES = """
    SELECT max(triggered_at) FROM communications_log
    WHERE customer_id = :customer_id AND trigger_event = 'CART_ABANDONED'
"""

_ORDERS = """
    SELECT coalesce(jsonb_agg(jsonb_build_object(
             'order_id', order_id, 'total', CAST(total AS text), 'refunded', CAST(refunded AS text),
             'counted', counted, 'event_id', event_id, 'placed_at', placed_at, 'currency', currency)), '[]')
    FROM orders WHERE customer_id = :customer_id
"""

_LEDGER = text(f"""
    SELECT ({_APPLIED}) AS applied, ({_UNAPPLIED}) AS unapplied, ({_OPEN_MESSAGES}) AS messages,
           ({_MARKETING_SENT}) AS sent, ({_LAST_SERIES}) AS last_series_at, ({_ORDERS}) AS orders
""")

_ANSWERS = text("""
    SELECT
      (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'id', id, 'slug', slug, 'step', step, 'name', name, 'trigger_event', trigger_event,
                'channel', channel, 'status', status, 'purpose', purpose, 'delay_hours', delay_hours,
                'expires_hours', expires_hours, 'repeat', repeat, 'repeat_after_days', repeat_after_days,
                'conditions', conditions, 'exit_on', exit_on, 'max_products', max_products,
                'priority', priority, 'holdout', holdout,
                'variants', (
                  SELECT coalesce(jsonb_agg(jsonb_build_object('name', arm -> 'name', 'weight', arm -> 'weight')
                                            ORDER BY place), '[]')
                  FROM jsonb_array_elements(variants) WITH ORDINALITY AS listed(arm, place)))), '[]')
         FROM campaign_steps
        WHERE trigger_event = ANY(:triggers) AND removed_at IS NULL AND status <> 'draft') AS campaigns,
      (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'slug', slug, 'occurrence', occurrence, 'triggered_at', triggered_at, 'products', products)), '[]')
         FROM communications_log AS message JOIN campaign_steps AS campaign ON campaign.id = campaign_id
        WHERE customer_id = :customer_id AND campaign.trigger_event = ANY(:triggers)
          AND message.status <> 'SKIPPED') AS past,
      (SELECT coalesce(jsonb_object_agg(message_key, exit_on), '{}')
         FROM communications_log AS message JOIN campaign_steps AS campaign ON campaign.id = campaign_id
        WHERE message_key = ANY(:messages) AND message.status = 'PLANNED') AS exits
""")

_STILL_PLANNED = text(
    "SELECT message_key FROM communications_log WHERE message_key = ANY(:keys) AND status = 'PLANNED'"
)

_STOP = text("""
    UPDATE customer_profiles SET stopped_at = :now, updated_at = :now
    WHERE customer_id = :customer_id AND epoch = :epoch
""")


@dataclass(frozen=True)
class Epoch:
    """A new epoch, the revision of the last write, and the customer's time of it."""

    epoch: int
    revision: int
    written_at: datetime


class CustomerErased(Exception):
    """The customer was erased, and has not returned since."""


class ErasureUnderWay(Exception):
    """The customer returned while their erasure is under way, which has to end first."""


async def take_epoch(connection: AsyncConnection, **customer: Any) -> Epoch:
    """Begin a new epoch for (`email`, `customer_id`) at `now`. Writes of earlier runs are rejected from then on.

    Raises `CustomerErased` or `ErasureUnderWay`, and writes nothing then.
    """
    taken = (await connection.execute(_TAKE_EPOCH, customer)).one_or_none()
    if taken is None:
        returned = await connection.execute(_RETURNED, {"customer_id": customer["customer_id"]})
        raise ErasureUnderWay if returned.scalar_one() else CustomerErased
    return Epoch(*taken)


async def load_ledger(connection: AsyncConnection, **request: Any) -> dict[str, Any]:
    """What is known of `customer_id` at `now`, with at most `most_unapplied` events that wait.

    `applied` event bodies, `unapplied` ones as JSON text, `messages` whose fate is open, the times of marketing
    messages `sent` within `counting`, and `last_series_at` of cart nudges. Carts are never among the unapplied: a cart
    is final once Temporal has its signal; signalled again, a bought cart would open once more.
    """
    row = await connection.execute(_LEDGER, request)
    return dict(row.mappings().one())


async def load_answers(
    connection: AsyncConnection, customer_id: str, triggers: list[str], messages: list[str]
) -> dict[str, Any]:
    """`campaigns` that answer to the triggers, the customer's `past` messages of them, and `exits` by message key."""
    row = await connection.execute(_ANSWERS, {"customer_id": customer_id, "triggers": triggers, "messages": messages})
    return dict(row.mappings().one())


async def still_planned(connection: AsyncConnection, keys: list[str]) -> list[str]:
    """Those of the messages that wait to be sent."""
    return list((await connection.execute(_STILL_PLANNED, {"keys": keys})).scalars())


async def mark_stopped(connection: AsyncConnection, **run: Any) -> None:
    """Keep that `customer_id` was stopped on purpose in `epoch`, at `now`."""
    await connection.execute(_STOP, run)
