"""What readers did with a message: opened it, followed a link, unsubscribed.

The status of a message moves forward only, and for people only.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from lifecycle.machine_readers import Visit, in_one_sweep, is_machine
from lifecycle.provider_events import PERSON_MOVES

MOST_STORED = 50
"""Rows stored per message for people, and as many for machines. Further visits of people still move the status."""

_TARGET = text("SELECT links ->> :link AS target FROM rendered_messages WHERE message_key = :key")

# The transaction that holds the row sees every earlier visit, and so the other clicks of one sweep.
_LOCK = text("""
    SELECT rendered.created_at AS sent_at
    FROM communications_log AS message JOIN rendered_messages AS rendered USING (message_key)
    WHERE message_key = :key FOR UPDATE OF message
""")

_VISITS = text("""
    SELECT id, kind, link, is_machine, occurred_at, provider_event_id FROM message_events
    WHERE message_key = :key AND kind IN ('OPEN', 'CLICK')
""")

_INSERT = text("""
    INSERT INTO message_events (message_key, kind, link, is_machine, occurred_at, provider_event_id)
    VALUES (:key, :kind, :link, :is_machine, :at, :provider_event_id)
    ON CONFLICT (provider_event_id) DO NOTHING
""")

_UNSUBSCRIBED = text("""
    INSERT INTO message_events (message_key, kind, is_machine, occurred_at, provider_event_id)
    SELECT message_key, 'UNSUBSCRIBE', false, :at, 'own:unsubscribe:' || message_key
    FROM communications_log WHERE message_key = :key
    ON CONFLICT (provider_event_id) DO NOTHING
""")

_MARK_MACHINES = text("UPDATE message_events SET is_machine = true WHERE id = ANY(:ids)")

# A message that was read was sent, even if the provider's answer never arrived.
_ADVANCE = text("""
    UPDATE communications_log AS message
    SET status = :status, sent_at = coalesce(message.sent_at, :sent_at), reason = NULL, lease_until = NULL
    WHERE message_key = :key AND status = ANY(:before)
""")


@dataclass(frozen=True)
class _StoredVisit:
    """A visit in `message_events`."""

    id: int
    is_machine: bool
    visit: Visit
    provider_event_id: str | None


async def target_of(engine: AsyncEngine, message_key: str, link: int) -> str | None:
    """Return the target of a message's link; None if there is no such message or link."""
    async with engine.connect() as connection:
        return (await connection.execute(_TARGET, {"key": message_key, "link": link})).scalar_one_or_none()


async def unsubscribed(engine: AsyncEngine, message_key: str, at: datetime) -> None:
    """Record once per message that its reader unsubscribed. Nothing is recorded for a message that is gone."""
    async with engine.connect() as connection:
        await connection.execute(_UNSUBSCRIBED, {"key": message_key, "at": at})


async def record(
    engine: AsyncEngine,
    message_key: str,
    visit: Visit,
    *,
    method: str,
    user_agent: str,
    provider_event_id: str | None = None,
) -> bool:
    """Record a visit, and mark the message OPENED or CLICKED if the visitor is a person.

    A click that reveals a sweep turns the earlier clicks of the sweep into a machine's. Returns False for a message
    that is gone, and for a duplicate with the same `provider_event_id`.
    """
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        async with connection.begin():
            sent_at: datetime | None = (await connection.execute(_LOCK, {"key": message_key})).scalar_one_or_none()
            if sent_at is None:
                return False
            known = [
                _StoredVisit(row.id, row.is_machine, Visit(row.kind, row.occurred_at, row.link), row.provider_event_id)
                for row in await connection.execute(_VISITS, {"key": message_key})
            ]
            if provider_event_id and any(other.provider_event_id == provider_event_id for other in known):
                return False
            machine = is_machine(
                visit,
                method=method,
                user_agent=user_agent,
                sent_at=sent_at,
                others=[other.visit for other in known],
            )
            if sum(other.is_machine == machine for other in known) < MOST_STORED:
                row = {"key": message_key, "kind": visit.kind, "link": visit.link, "at": visit.at}
                await connection.execute(
                    _INSERT, {**row, "is_machine": machine, "provider_event_id": provider_event_id}
                )
            swept = [other.id for other in known if not other.is_machine and in_one_sweep(visit, other.visit)]
            if swept:
                await connection.execute(_MARK_MACHINES, {"ids": swept})
            if not machine:
                move = PERSON_MOVES[visit.kind]
                before = [status.value for status in move.before]
                values = {"key": message_key, "status": move.status.value, "sent_at": sent_at, "before": before}
                await connection.execute(_ADVANCE, values)
    return True
