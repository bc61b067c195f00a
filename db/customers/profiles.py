"""Reads and writes of one customer. Every write is one statement, guarded by epoch and revision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.engine.connections import json_text

_TAKE_EPOCH = text("""
    INSERT INTO customer_profiles AS profile (customer_email, customer_id, epoch, created_at, updated_at)
    SELECT :email, CAST(:customer_id AS varchar), 1, :now, :now
    WHERE NOT EXISTS (SELECT FROM erasures
                      WHERE customer_id = :customer_id AND (returned_at IS NULL OR completed_at IS NULL))
    ON CONFLICT (customer_email) DO UPDATE SET epoch = profile.epoch + 1, stopped_at = NULL
    RETURNING epoch, revision, updated_at
""")

_RETURNED = text("SELECT returned_at IS NOT NULL FROM erasures WHERE customer_id = :customer_id")

_LEDGER = text("""
    SELECT
      (SELECT coalesce(jsonb_agg(body ORDER BY occurred_at, event_id), '[]')
         FROM event_inbox WHERE customer_id = :customer_id AND status = 'APPLIED' AND body IS NOT NULL) AS applied,
      (SELECT coalesce(jsonb_agg(body ORDER BY sequence), '[]')
         FROM (SELECT body, sequence FROM event_inbox
                WHERE customer_id = :customer_id AND status = 'RECEIVED' AND body IS NOT NULL
                  AND type NOT IN ('ADD_TO_CART', 'CART_UPDATED', 'ERASURE_REQUESTED', 'DATA_REQUESTED')
                ORDER BY sequence LIMIT :most_unapplied) AS waiting) AS unapplied,
      (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'key', message_key, 'campaign', campaign.name, 'due_at', due_at, 'trigger', message.trigger_event,
                'occurrence', occurrence, 'triggered_at', triggered_at, 'attempts', attempts,
                'marketing', campaign.purpose = 'marketing', 'priority', campaign.priority,
                'cart', context -> 'cart') ORDER BY due_at, message_key), '[]')
         FROM communications_log AS message JOIN campaigns AS campaign ON campaign.id = campaign_id
        WHERE customer_id = :customer_id AND (message.status IN ('PLANNED', 'CLAIMED')
              OR message.status = 'UNKNOWN' AND message.expires_at > :now)) AS messages,
      (SELECT coalesce(jsonb_agg(coalesce(sent_at, due_at) ORDER BY coalesce(sent_at, due_at)), '[]')
         FROM communications_log AS message JOIN campaigns AS campaign ON campaign.id = campaign_id
        WHERE customer_id = :customer_id AND campaign.purpose = 'marketing'
          AND message.status IN ('SENT', 'OPENED', 'CLICKED', 'UNKNOWN', 'COMPLAINED')
          AND coalesce(sent_at, due_at) > CAST(:now AS timestamptz) - CAST(:counting AS interval)) AS sent,
      (SELECT max(triggered_at) FROM communications_log
        WHERE customer_id = :customer_id AND trigger_event = 'CART_ABANDONED') AS last_series_at
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
         FROM campaigns WHERE trigger_event = ANY(:triggers) AND status <> 'draft') AS campaigns,
      (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'slug', slug, 'occurrence', occurrence, 'triggered_at', triggered_at, 'products', products)), '[]')
         FROM communications_log AS message JOIN campaigns AS campaign ON campaign.id = campaign_id
        WHERE customer_id = :customer_id AND campaign.trigger_event = ANY(:triggers)
          AND message.status <> 'SKIPPED') AS past,
      (SELECT coalesce(jsonb_object_agg(message_key, exit_on), '{}')
         FROM communications_log AS message JOIN campaigns AS campaign ON campaign.id = campaign_id
        WHERE message_key = ANY(:messages) AND message.status = 'PLANNED') AS exits
""")

_WRITE = text("""
    WITH document AS (SELECT CAST(:document AS jsonb) AS given),
    profile AS (
      UPDATE customer_profiles SET
        state = new.state, total_spend = new.total_spend, order_count = new.order_count,
        last_order_date = new.last_order_date, name = new.name, phone = new.phone, locale = new.locale,
        time_zone = new.time_zone, consent_email = new.consent_email, consent_email_at = new.consent_email_at,
        consent_email_source = new.consent_email_source, consent_sms = new.consent_sms,
        consent_sms_at = new.consent_sms_at, consent_sms_source = new.consent_sms_source,
        revision = revision + 1, last_write = :write_id, updated_at = :now
      FROM document, jsonb_to_record(given -> 'profile') AS new(
        state text, total_spend numeric(10, 2), order_count int, last_order_date timestamptz, name text,
        phone varchar(32), locale text, time_zone text, consent_email boolean, consent_email_at timestamptz,
        consent_email_source text, consent_sms boolean, consent_sms_at timestamptz, consent_sms_source text)
      WHERE customer_id = :customer_id AND epoch = :epoch AND revision = :revision
      RETURNING revision),
    ledger AS (
      INSERT INTO event_inbox AS known (event_id, customer_id, customer_email, type, occurred_at, received_at, body,
                                        status, applied_at)
      SELECT new.event_id, :customer_id, :email, new.type, new.occurred_at, :now, new.body, 'APPLIED', :now
      FROM profile, document, jsonb_to_recordset(given -> 'events') AS new(
        event_id text, type text, occurred_at timestamptz, body jsonb)
      -- An id that another customer's event has is a status that the table refuses: nobody's ledger is overwritten.
      ON CONFLICT (event_id) DO UPDATE SET
        status = CASE WHEN known.customer_id = excluded.customer_id THEN 'APPLIED' ELSE 'TAKEN' END,
        applied_at = excluded.applied_at, occurred_at = excluded.occurred_at, body = excluded.body, last_error = NULL),
    refused AS (
      INSERT INTO event_inbox (event_id, customer_id, customer_email, type, received_at, raw, status, last_error)
      SELECT new.event_id, :customer_id, :email, new.type, :now, decode(new.raw, 'base64'), 'REFUSED', new.reason
      FROM profile, document, jsonb_to_recordset(given -> 'refused') AS new(
        event_id text, type text, raw text, reason text)
      ON CONFLICT (event_id) DO NOTHING),
    withdrawn AS (
      UPDATE event_inbox AS known SET status = 'REFUSED', last_error = new.reason
      FROM profile, document, jsonb_to_recordset(given -> 'refused') AS new(told_id text, reason text)
      WHERE known.event_id = new.told_id AND known.customer_id = :customer_id AND known.status = 'RECEIVED'),
    moved AS (
      INSERT INTO state_transitions (customer_id, customer_email, from_state, to_state, occurred_at, cause, restated,
                                     epoch, revision, recorded_at)
      SELECT :customer_id, :email, new.from_state, new.to_state, new.at, new.cause, new.restated, :epoch,
             profile.revision, :now
      FROM profile, document, ROWS FROM (jsonb_to_recordset(given -> 'transitions') AS (
        from_state text, to_state text, at timestamptz, cause text, restated boolean))
        WITH ORDINALITY AS new(from_state, to_state, at, cause, restated, place)
      ORDER BY new.place),
    planned AS (
      INSERT INTO communications_log (message_key, customer_id, customer_email, campaign_id, channel, trigger_event,
                                      occurrence, triggered_at, planned_at, due_at, expires_at, sent_at, status,
                                      reason, context, products, variant, held_out)
      SELECT new.key, :customer_id, :email, new.campaign_id, campaigns.channel, new.trigger, new.occurrence,
             new.triggered_at, :now, new.due_at, new.expires_at, NULL,
             CASE WHEN new.skipped IS NULL THEN 'PLANNED' ELSE 'SKIPPED' END, new.skipped, new.context, new.products,
             new.variant, new.held_out
      FROM profile, document, jsonb_to_recordset(given -> 'messages') AS new(
        key text, campaign_id int, trigger text, occurrence text, triggered_at timestamptz, due_at timestamptz,
        expires_at timestamptz, skipped text, context jsonb, products jsonb, variant text, held_out boolean)
      JOIN campaigns ON campaigns.id = new.campaign_id
      ON CONFLICT (message_key) DO NOTHING
      RETURNING message_key, status),
    ended AS (
      UPDATE communications_log AS message SET status = 'SKIPPED', reason = new.reason
      FROM profile, document, jsonb_to_recordset(given -> 'ended') AS new(key text, reason text)
      WHERE message.message_key = new.key AND message.status = 'PLANNED')
    SELECT (SELECT revision FROM profile) AS written, epoch, revision, last_write,
           (SELECT coalesce(jsonb_agg(message_key), '[]') FROM planned WHERE status = 'PLANNED') AS planned
    FROM customer_profiles WHERE customer_id = :customer_id
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
    """A new epoch, the revision of the last write, and the customer's time at it."""

    epoch: int
    revision: int
    written_at: datetime


class CustomerErased(Exception):
    """The customer has a tombstone, and nothing has brought them back since."""


class ErasureUnderWay(Exception):
    """The customer came back while an erasure of theirs is under way: first it has to end."""


async def take_epoch(connection: AsyncConnection, **customer: Any) -> Epoch:
    """Begin a new epoch for (`email`, `customer_id`) at `now`; every earlier run's writes are refused from here on.

    Raises `CustomerErased` or `ErasureUnderWay`, and writes nothing then.
    """
    taken = (await connection.execute(_TAKE_EPOCH, customer)).one_or_none()
    if taken is None:
        returned = await connection.execute(_RETURNED, {"customer_id": customer["customer_id"]})
        raise ErasureUnderWay if returned.scalar_one() else CustomerErased
    return Epoch(*taken)


async def load_ledger(connection: AsyncConnection, **request: Any) -> dict[str, Any]:
    """What is known of `customer_id` at `now`, with at most `most_unapplied` events that wait.

    `applied` and `unapplied` event bodies, `messages` whose fate is open, the times of marketing messages `sent` within
    `counting`, and `last_series_at` of cart nudges. Carts
    are never among the unapplied: one is final when Temporal has its signal, and told again it would open once more
    though it was bought.
    """
    row = await connection.execute(_LEDGER, request)
    return dict(row.mappings().one())


async def load_answers(
    connection: AsyncConnection, customer_id: str, triggers: list[str], messages: list[str]
) -> dict[str, Any]:
    """`campaigns` that answer to the triggers, the customer's `past` messages of them, and `exits` by message key."""
    row = await connection.execute(_ANSWERS, {"customer_id": customer_id, "triggers": triggers, "messages": messages})
    return dict(row.mappings().one())


async def write_customer(connection: AsyncConnection, document: dict[str, Any], **guard: Any) -> dict[str, Any] | None:
    """Write a change whole or not at all; None when the customer's row is gone.

    `guard` is `customer_id`, `email`, `epoch`, `revision`, `write_id` and `now`. `written` is the new revision, or
    None when the guard failed; `epoch`, `revision` and `last_write` are what stood before.
    """
    row = (await connection.execute(_WRITE, {"document": json_text(document), **guard})).mappings().one_or_none()
    return None if row is None else dict(row)


async def still_planned(connection: AsyncConnection, keys: list[str]) -> list[str]:
    """Those of the messages that wait to be sent."""
    return list((await connection.execute(_STILL_PLANNED, {"keys": keys})).scalars())


async def mark_stopped(connection: AsyncConnection, **run: Any) -> None:
    """Keep that `customer_id` was stopped on purpose in `epoch`, at `now`."""
    await connection.execute(_STOP, run)
