"""What providers report about messages: stored once, with its effects on status, suppression and claim.

One statement does all of it for one event. The effects are defined in `lifecycle.provider_events`.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.messages import message_events
from lifecycle.machine_readers import Visit
from lifecycle.provider_events import MOVES, READ, SUPPRESSES, ProviderEvent, ProviderEventKind

_FOUND = """
    SELECT message.message_key, message.customer_id, coalesce(message.channel, campaign.channel) AS channel,
           rendered.created_at, rendered.links
    FROM communications_log AS message
    JOIN rendered_messages AS rendered USING (message_key)
    LEFT JOIN campaigns AS campaign ON campaign.id = message.campaign_id
    WHERE message_key = CAST(:key AS char(64)) OR (provider = :provider AND provider_message_id = :provider_message_id)
    ORDER BY (message_key = CAST(:key AS char(64))) DESC NULLS LAST LIMIT 1
"""
"""The message, by our key if the provider gave it back; no provider knows of one that was never rendered."""

_LOCK = text(f"{_FOUND} FOR UPDATE OF message")

_FIND_NEW = text(f"""
    SELECT message_key FROM ({_FOUND}) AS found
    WHERE NOT EXISTS (SELECT FROM message_events WHERE provider_event_id = :event_id)
""")

_REPORTED = """
    reported AS (
      SELECT CAST(:kind AS text) AS kind, CAST(:keep AS boolean) AS is_stored, CAST(:status AS text) AS status,
             CAST(:at AS timestamptz) AS at, CAST(:reason AS text) AS reason, CAST(:suppression AS text) AS suppression)
"""
"""`reported`: the event itself."""

_STORED = """
    stored AS (
      INSERT INTO message_events (message_key, kind, is_machine, occurred_at, provider_event_id, detail)
      SELECT message_key, kind, false, at, :event_id, :detail FROM found, reported WHERE is_stored
      ON CONFLICT (provider_event_id) DO NOTHING
      RETURNING id)
"""
"""`stored`: its row, unless it is a duplicate or of a kind that is not stored."""

_MOVED = """
    moved AS (
      UPDATE communications_log AS message
      SET status = reported.status, lease_until = NULL,
          reason = CASE WHEN reported.status <> 'SENT' THEN reported.reason END,
          sent_at = CASE WHEN reported.status = 'FAILED' THEN sent_at ELSE coalesce(sent_at, found.created_at) END,
          provider = coalesce(provider, :provider),
          provider_message_id = coalesce(provider_message_id, :provider_message_id),
          decisions = decisions || jsonb_build_array(
            jsonb_build_object('at', reported.at, 'decision', lower(reported.status), 'reason', reported.reason))
      FROM found, reported
      WHERE message.message_key = found.message_key AND message.status = ANY(:before)
        AND (EXISTS (SELECT FROM stored) OR NOT is_stored)
        AND NOT (reported.status = 'FAILED' AND EXISTS (
          SELECT FROM message_events AS earlier
          WHERE earlier.message_key = found.message_key AND earlier.kind = 'DELIVERED')))
"""
"""`moved`: the message in its new status. A message that was delivered has not failed."""

_SUPPRESSED = """
    suppressed AS (
      INSERT INTO suppressions AS known (customer_id, channel, reason, source, created_at)
      SELECT customer_id, channel, suppression, 'message ' || message_key, at FROM found, reported
      WHERE suppression IS NOT NULL AND EXISTS (SELECT FROM stored)
      ON CONFLICT (customer_id, channel) DO UPDATE SET
        reason = excluded.reason, source = excluded.source, created_at = excluded.created_at
        WHERE known.reason = 'unsubscribe')
"""
"""`suppressed`: the channel, after a bounce or a complaint. Either is stronger than an unsubscribe."""

# Of two at once the second waits for the first, and then sees what the first one made of the row.
_RECORD = text(f"""
    WITH found AS MATERIALIZED ({_FOUND} FOR UPDATE OF message), {_REPORTED}, {_STORED}, {_MOVED}, {_SUPPRESSED}
    SELECT message_key, EXISTS (SELECT FROM stored) AS is_new,
           (SELECT position - 1 FROM jsonb_array_elements_text(links) WITH ORDINALITY AS link(target, position)
            WHERE target = :link ORDER BY position LIMIT 1) AS link
    FROM found
""")


class EventOutcome(StrEnum):
    """What was done with an event."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    IGNORED = "ignored"
    NOT_OURS = "not_ours"


async def message_of_new_event(engine: AsyncEngine, event: ProviderEvent) -> str | None:
    """Return the key of the message that an event is about; None if it is not ours, or the event is a duplicate."""
    async with engine.connect() as connection:
        return (await connection.execute(_FIND_NEW, _names(event))).scalar_one_or_none()


async def record(engine: AsyncEngine, event: ProviderEvent, *, visits: bool) -> EventOutcome:
    """Store an event and apply its effects.

    `visits` says whether opens and clicks are stored. Where our own links report them too they would count twice, and
    are ignored. In both cases they prove that the message was sent.
    """
    async with engine.connect() as connection:
        if event.kind is ProviderEventKind.FAILURE:
            await connection.execution_options(isolation_level="READ COMMITTED")
            async with connection.begin():
                # A delivery that is recorded at the same moment is visible to the next statement only.
                await connection.execute(_LOCK, _names(event))
                row = await _record(connection, event)
        else:
            row = await _record(connection, event)
    if row is None:
        return EventOutcome.NOT_OURS
    if event.kind in READ:
        return await _visit(engine, event, row.message_key, row.link) if visits else EventOutcome.IGNORED
    return EventOutcome.RECORDED if row.is_new or event.kind is ProviderEventKind.ACCEPTED else EventOutcome.REPEATED


async def _visit(engine: AsyncEngine, event: ProviderEvent, message_key: str, link: int | None) -> EventOutcome:
    """A visit without a user agent counts as a machine's, as with our own links."""
    is_new = await message_events.record(
        engine,
        message_key,
        Visit("OPEN" if event.kind is ProviderEventKind.OPEN else "CLICK", event.at, link),
        method="GET",
        user_agent=event.user_agent or "",
        provider_event_id=event.event_id,
    )
    return EventOutcome.RECORDED if is_new else EventOutcome.REPEATED


async def _record(connection: AsyncConnection, event: ProviderEvent) -> Any:
    move, suppression = MOVES[event.kind], SUPPRESSES.get(event.kind)
    values = {
        **_names(event),
        "kind": event.kind.value,
        "at": event.at,
        "link": event.link,
        "detail": event.detail,
        "keep": event.kind is not ProviderEventKind.ACCEPTED and event.kind not in READ,
        "status": move.status.value,
        "before": [status.value for status in move.before],
        "reason": ", ".join(filter(None, (f"{event.provider} reported: {event.kind.words}", event.detail))),
        "suppression": suppression.value if suppression else None,
    }
    return (await connection.execute(_RECORD, values)).one_or_none()


def _names(event: ProviderEvent) -> dict[str, Any]:
    return {
        "key": event.message_key,
        "provider": event.provider,
        "provider_message_id": event.provider_message_id,
        "event_id": event.event_id,
    }
