"""The write of one customer by the customer's workflow: one statement, guarded by epoch and revision."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.customers.profiles import Epoch
from db.customers.write_parts import (
    ORDERS_REPLACED,
    ORDERS_WRITTEN,
    PROFILE_ASSIGNMENTS,
    PROFILE_RECORD,
    TRANSITIONS_WRITTEN,
)
from db.engine.connections import json_text
from lifecycle.orders import OrderUpdate

_PROFILE_WRITTEN = f"""
    written AS (
      UPDATE customer_profiles AS known SET
        {PROFILE_ASSIGNMENTS}, revision = known.revision + 1, last_write = :write_id, updated_at = :now
      FROM given, {PROFILE_RECORD}
      WHERE known.customer_id = :customer_id AND known.epoch = :epoch AND known.revision = :revision
      RETURNING known.customer_id, known.epoch, known.revision)
"""

_EVENTS_APPLIED = """
    events_applied AS (
      INSERT INTO event_inbox AS known (event_id, customer_id, customer_email, type, occurred_at, received_at, body,
                                        status, applied_at)
      SELECT new.event_id, given.customer_id, given.email, new.type, new.occurred_at, :now, CAST(new.body AS jsonb),
             'APPLIED', :now
      FROM written JOIN given USING (customer_id), jsonb_to_recordset(given.events) AS new(
        event_id text, type text, occurred_at timestamptz, body text)
      -- The table refuses the status of an id that another customer's event has: no ledger is overwritten.
      ON CONFLICT (event_id) DO UPDATE SET
        status = CASE WHEN known.customer_id = excluded.customer_id THEN 'APPLIED' ELSE 'TAKEN' END,
        applied_at = excluded.applied_at, occurred_at = excluded.occurred_at, body = excluded.body, last_error = NULL)
"""

# A refused signal is a row of its own, with its bytes. The event in it, if the inbox has that too, is refused there.
_SIGNALS_REFUSED = """
    signals_refused AS (
      INSERT INTO event_inbox (event_id, customer_id, customer_email, type, received_at, raw, status, last_error)
      SELECT new.event_id, given.customer_id, given.email, new.type, :now, decode(new.raw, 'base64'), 'REFUSED',
             new.reason
      FROM written JOIN given USING (customer_id), jsonb_to_recordset(given.refused) AS new(
        event_id text, type text, raw text, reason text)
      ON CONFLICT (event_id) DO NOTHING),
    events_refused AS (
      UPDATE event_inbox AS known SET status = 'REFUSED', last_error = new.reason
      FROM written JOIN given USING (customer_id), jsonb_to_recordset(given.refused) AS new(told_id text, reason text)
      WHERE known.event_id = new.told_id AND known.customer_id = :customer_id AND known.status = 'RECEIVED')
"""

_MESSAGES_PLANNED = """
    messages_planned AS (
      INSERT INTO communications_log (message_key, customer_id, customer_email, campaign_id, channel, trigger_event,
                                      occurrence, triggered_at, planned_at, due_at, expires_at, sent_at, status,
                                      reason, context, products, variant, held_out)
      SELECT new.key, given.customer_id, given.email, new.campaign_id, campaigns.channel, new.trigger, new.occurrence,
             new.triggered_at, :now, new.due_at, new.expires_at, NULL,
             CASE WHEN new.skipped IS NULL THEN 'PLANNED' ELSE 'SKIPPED' END, new.skipped, new.context, new.products,
             new.variant, new.held_out
      FROM written JOIN given USING (customer_id), jsonb_to_recordset(given.messages) AS new(
        key text, campaign_id int, trigger text, occurrence text, triggered_at timestamptz, due_at timestamptz,
        expires_at timestamptz, skipped text, context jsonb, products jsonb, variant text, held_out boolean)
      JOIN campaigns ON campaigns.id = new.campaign_id
      ON CONFLICT (message_key) DO NOTHING
      RETURNING message_key, status),
    messages_ended AS (
      UPDATE communications_log AS message SET status = 'SKIPPED', reason = new.reason
      FROM written JOIN given USING (customer_id), jsonb_to_recordset(given.ended) AS new(key text, reason text)
      WHERE message.message_key = new.key AND message.status = 'PLANNED')
"""

_WRITE = text(f"""
    WITH given AS (
      SELECT CAST(:customer_id AS text) AS customer_id, CAST(:email AS text) AS email, document.*
      FROM jsonb_to_record(CAST(:document AS jsonb)) AS document(
        profile jsonb, events jsonb, refused jsonb, transitions jsonb, orders jsonb, messages jsonb, ended jsonb)),
    {_PROFILE_WRITTEN}, {_EVENTS_APPLIED}, {_SIGNALS_REFUSED}, {TRANSITIONS_WRITTEN}, {ORDERS_WRITTEN},
    {_MESSAGES_PLANNED}
    SELECT (SELECT revision FROM written) AS written, epoch, revision, last_write,
           (SELECT coalesce(jsonb_agg(message_key), '[]') FROM messages_planned WHERE status = 'PLANNED') AS planned
    FROM customer_profiles WHERE customer_id = :customer_id
""")

# Only a run that still owns the row may replace the orders: the profile is locked by the same statement.
_REPLACE_ORDERS = text(f"""
    WITH given AS (
      SELECT CAST(:customer_id AS text) AS customer_id, CAST(:orders AS jsonb) AS orders),
    written AS (
      SELECT customer_id FROM customer_profiles
      WHERE customer_id = :customer_id AND epoch = :epoch AND revision = :revision FOR UPDATE),
    {ORDERS_REPLACED}
    SELECT FROM written
""")


async def write_customer(connection: AsyncConnection, document: dict[str, Any], **guard: Any) -> dict[str, Any] | None:
    """Write a change completely or not at all; None when the customer's row is gone.

    `guard` is `customer_id`, `email`, `epoch`, `revision`, `write_id` and `now`. `written` is the new revision, or
    None when the guard failed; `epoch`, `revision` and `last_write` are those before the write.
    """
    row = (await connection.execute(_WRITE, {"document": json_text(document), **guard})).mappings().one_or_none()
    return None if row is None else dict(row)


async def replace_orders(
    connection: AsyncConnection, customer_id: str, epoch: Epoch, orders: Sequence[OrderUpdate], now: datetime
) -> None:
    """Make the customer's rows in `orders` exactly these, unless there was a write after the `epoch` was taken."""
    values = {"epoch": epoch.epoch, "revision": epoch.revision, "now": now}
    await connection.execute(
        _REPLACE_ORDERS,
        {"customer_id": customer_id, "orders": json_text([asdict(order) for order in orders]), **values},
    )
