"""Everything that is stored about one customer, for the customer to read."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

# Columns are named for the reader. What only the engine needs is left out.
_QUERIES = {
    "profile": text("""
        SELECT customer_email AS email, name, phone, locale, time_zone, country, state, total_spend, order_count,
               last_order_date, consent_email, consent_email_at, consent_email_source, consent_sms, consent_sms_at,
               consent_sms_source, created_at AS known_since, updated_at AS last_changed, stopped_at
        FROM customer_profiles WHERE customer_id = :customer_id
    """),
    "states": text("""
        SELECT occurred_at AS at, from_state AS "from", to_state AS "to", cause
        FROM state_transitions WHERE customer_id = :customer_id ORDER BY id
    """),
    "orders": text("""
        SELECT order_id, placed_at, reported_at, total, refunded, counted, currency FROM orders
        WHERE customer_id = :customer_id ORDER BY placed_at, order_id
    """),
    # Unreadable bytes that name other customers too are not shown.
    "events": text("""
        SELECT event_id, type, occurred_at, received_at, source, topic, status, body AS data, raw AS unreadable
        FROM event_inbox
        WHERE customer_id = :customer_id OR mentions = ARRAY[CAST(:customer_id AS text)]
        ORDER BY coalesce(occurred_at, received_at), sequence
    """),
    "messages": text("""
        SELECT campaign.name AS campaign, message.channel, message.trigger_event AS trigger, message.triggered_at,
               message.due_at, message.status AS status, message.reason, message.sent_at, recipient,
               rendered.subject, rendered.content, variant, held_out, message.content AS text_source, decisions,
               (SELECT coalesce(jsonb_agg(jsonb_build_object(
                         'what', kind, 'at', occurred_at, 'is_machine', is_machine, 'link', links -> link,
                         'detail', detail)
                         ORDER BY id), '[]')
                  FROM message_events AS event WHERE event.message_key = message.message_key) AS reactions
        FROM communications_log AS message
        LEFT JOIN campaigns AS campaign ON campaign.id = campaign_id
        LEFT JOIN rendered_messages AS rendered ON rendered.message_key = message.message_key
        WHERE customer_id = :customer_id ORDER BY coalesce(message.sent_at, message.due_at), message.id
    """),
    "suppressions": text("""
        SELECT channel, reason, source, created_at AS since FROM suppressions
        WHERE customer_id = :customer_id ORDER BY channel
    """),
    "references": text("""
        SELECT reference, created_at AS since FROM customer_references
        WHERE customer_id = :customer_id ORDER BY reference
    """),
}


async def load_everything(engine: AsyncEngine, customer_id: str) -> dict[str, list[dict[str, Any]]]:
    """The customer's rows in one snapshot, by subject, oldest first.

    `profile` is one row or none; the `content` of `messages` and what is `unreadable` of `events` are bytes.
    """
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with connection.begin():
            return {
                name: [dict(row) for row in (await connection.execute(query, {"customer_id": customer_id})).mappings()]
                for name, query in _QUERIES.items()
            }
