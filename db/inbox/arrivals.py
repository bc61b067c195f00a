"""The inbox: an event is committed here before its sender gets an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.customers.tombstones import erased_since
from db.engine.connections import json_text

# This statement decides which customer an event belongs to: between a separate read and the insert, another process
# could store a reference, write a tombstone, or accept an event that makes this one worth signalling.
_GIVEN = """
    given AS (
      SELECT new.*, ARRAY(SELECT jsonb_array_elements_text(new."references")) AS reference_list
      FROM jsonb_to_recordset(CAST(:events AS jsonb)) AS new(
        place int, event_id text, type text, occurred_at timestamptz, body text, customer_id text,
        customer_email text, "references" jsonb, profile_fields jsonb, granted jsonb, request boolean)),
    owned AS (
      SELECT given.place, given.event_id, type, occurred_at, profile_fields, granted, request, reference_list,
             coalesce(given.customer_id, found.customer_id) AS owner_id,
             CASE WHEN NOT request THEN coalesce(given.customer_email, found.customer_email) END AS owner_email,
             CASE WHEN given.customer_id IS NULL AND found.customer_id IS NOT NULL AND NOT request
                  THEN CAST(body AS jsonb) || jsonb_build_object('customer_email', found.customer_email)
                  ELSE CAST(body AS jsonb) END AS body
      FROM given LEFT JOIN LATERAL (
        SELECT customer_id, customer_email FROM customer_references
        WHERE given.customer_id IS NULL AND reference = ANY(reference_list)
        ORDER BY array_position(reference_list, reference), created_at DESC LIMIT 1) AS found ON true)"""

_JUDGED = f"""
    judged AS (
      SELECT owned.*,
        CASE
          WHEN type = 'SHOP_ERASURE_REQUESTED' THEN 'RECEIVED'
          WHEN owner_id IS NULL THEN 'WAITING'
          WHEN NOT request AND {erased_since("owner_id", "occurred_at")} THEN 'DISCARDED'
          WHEN profile_fields IS NOT NULL
            AND EXISTS (SELECT FROM customer_profiles AS profile
                        WHERE customer_id = owner_id AND stopped_at IS NULL AND to_jsonb(profile) @> profile_fields)
            AND NOT EXISTS (SELECT FROM event_inbox WHERE customer_id = owner_id AND (status = 'RECEIVED'
                            OR profile_fields <> '{{}}' AND status = 'SIGNALLED' AND signal_after > clock_timestamp()))
            AND NOT EXISTS (SELECT FROM owned AS other
                            WHERE other.owner_id = owned.owner_id AND other.place < owned.place)
            THEN 'SKIPPED'
          ELSE 'RECEIVED'
        END AS status
      FROM owned)"""

_INSERTED = """
    known AS (
      SELECT event_id, status, customer_id FROM event_inbox WHERE event_id IN (SELECT event_id FROM given)),
    inserted AS (
      INSERT INTO event_inbox AS stored (event_id, type, occurred_at, customer_id, customer_email, body, status,
                                         last_error, source, topic, signal_after, waits_for)
      SELECT event_id, type, occurred_at,
             CASE WHEN status <> 'DISCARDED' THEN owner_id END,
             CASE WHEN status <> 'DISCARDED' THEN owner_email END,
             CASE WHEN status <> 'DISCARDED' THEN body END,
             status,
             CASE status WHEN 'SKIPPED' THEN 'changes nothing' WHEN 'DISCARDED' THEN 'the customer was erased' END,
             :source, :topic, clock_timestamp() + :head_start,
             CASE WHEN status = 'WAITING' THEN reference_list END
      FROM judged ORDER BY place
      -- A refused event may have been corrected since. Any other known event stays as it is.
      ON CONFLICT (event_id) DO UPDATE SET
        type = excluded.type, occurred_at = excluded.occurred_at, customer_id = excluded.customer_id,
        customer_email = excluded.customer_email, body = excluded.body, status = excluded.status,
        last_error = excluded.last_error, source = excluded.source, topic = excluded.topic,
        signal_after = excluded.signal_after, waits_for = excluded.waits_for, attempts = 0
        WHERE stored.status = 'REFUSED' AND stored.type IS NOT NULL
          AND (stored.customer_id IS NULL OR stored.customer_id = excluded.customer_id)
      RETURNING event_id, sequence, status, customer_id, customer_email, type, CAST(body AS text) AS body)"""

# An event under the id of another customer's event is not accepted, so nothing in it may be believed.
_REFERENCED = f"""
    believed AS (
      SELECT judged.* FROM judged LEFT JOIN known USING (event_id)
      WHERE owner_email IS NOT NULL AND judged.status <> 'DISCARDED'
        AND (known.customer_id IS NULL OR known.customer_id = owner_id)),
    referenced AS (
      INSERT INTO customer_references (reference, customer_id, customer_email)
      SELECT DISTINCT name, owner_id, owner_email FROM believed, unnest(reference_list) AS name ORDER BY name, owner_id
      ON CONFLICT (reference, customer_id) DO NOTHING),
    adopted AS (
      UPDATE event_inbox AS waiting SET
        status = 'RECEIVED', waits_for = NULL, customer_id = owner_id, customer_email = owner_email,
        body = waiting.body || jsonb_build_object('customer_email', owner_email),
        signal_after = clock_timestamp() + :head_start
      FROM believed
      WHERE waiting.status = 'WAITING' AND waiting.waits_for && reference_list
        AND waiting.type NOT IN ('ERASURE_REQUESTED', 'DATA_REQUESTED')
        AND NOT {erased_since("owner_id", "waiting.occurred_at")}
      RETURNING waiting.event_id, sequence, waiting.status, waiting.customer_id, waiting.customer_email, waiting.type,
                CAST(waiting.body AS text) AS body)"""

_LIFTED = """
    lifted AS (
      DELETE FROM suppressions USING judged JOIN inserted USING (event_id)
      WHERE suppressions.customer_id = owner_id AND reason = 'unsubscribe' AND granted ? channel
        AND suppressions.created_at < occurred_at AND inserted.status = 'RECEIVED'),
    returned AS (
      UPDATE erasures SET returned_at = occurred_at FROM judged JOIN inserted USING (event_id)
      WHERE erasures.customer_id = owner_id AND returned_at IS NULL AND inserted.status = 'RECEIVED' AND NOT request)"""

_RESULT = """
    SELECT event_id, status, customer_id, customer_email, type, body, sequence FROM inserted
    UNION ALL SELECT event_id, status, customer_id, customer_email, type, body, sequence FROM adopted
    UNION ALL SELECT event_id, status, customer_id, NULL, NULL, NULL, NULL FROM known
    WHERE event_id NOT IN (SELECT event_id FROM inserted)
    ORDER BY sequence
"""

_ACCEPT = text("WITH" + ",".join((_GIVEN, _JUDGED, _INSERTED, _REFERENCED, _LIFTED)) + _RESULT)

_STATUSES = text("SELECT event_id, status, customer_id FROM event_inbox WHERE event_id = ANY(:ids)")

_KEEP = text("""
    INSERT INTO event_inbox (event_id, type, occurred_at, status, last_error, raw, mentions, source, topic)
    SELECT :event_id, NULL, :now, :status,
           :reason || CASE WHEN erased THEN '; it names a customer who was erased' ELSE '' END,
           CASE WHEN NOT erased THEN CAST(:raw AS bytea) END, CASE WHEN NOT erased THEN CAST(:mentions AS text[]) END,
           :source, :topic
    FROM (SELECT EXISTS (
            SELECT FROM erasures
            WHERE customer_id = ANY(CAST(:mentions AS text[])) AND returned_at IS NULL) AS erased) AS judged
    ON CONFLICT (event_id) DO NOTHING
""")

# Locked rows are being applied or marked by another process. They are skipped: no mark waits for another.
_SIGNALLED = text("""
    UPDATE event_inbox SET
      status = CASE WHEN type IN ('ADD_TO_CART', 'CART_UPDATED') OR type LIKE '%\\_REQUESTED' THEN 'SIGNALLED'
                    ELSE 'RECEIVED' END,
      attempts = attempts + 1, last_error = NULL,
      signal_after = clock_timestamp() + least(:patience * power(2, least(attempts, 20)), :most_patience)
    WHERE event_id IN (
      SELECT event_id FROM event_inbox WHERE event_id = ANY(:ids) AND status = 'RECEIVED' FOR UPDATE SKIP LOCKED)
""")

_NOT_SIGNALLED = text("""
    UPDATE event_inbox SET attempts = attempts + 1, last_error = :reason,
      signal_after = clock_timestamp() + least(:pause * power(2, least(attempts, 20)), :most_pause)
    WHERE event_id IN (
      SELECT event_id FROM event_inbox WHERE event_id = ANY(:ids) AND status = 'RECEIVED' FOR UPDATE SKIP LOCKED)
""")

_ENDED = text("""
    UPDATE event_inbox SET status = :status, last_error = :reason
    WHERE event_id IN (
      SELECT event_id FROM event_inbox WHERE event_id = ANY(:ids) AND status = 'RECEIVED' FOR UPDATE SKIP LOCKED)
""")

PATIENCE = timedelta(minutes=2)
"""The time a workflow has to apply an event before it is signalled again; it doubles with each attempt."""

MOST_PATIENCE = timedelta(hours=1)

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True)
class NewEvent:
    """An event to be stored; `body` is its canonical JSON text.

    Without `customer_id` and `customer_email` it is for the customer that one of the `references` names.
    `profile_fields` are the columns of a profile that it would set, where it does nothing else; `granted` the channels,
    as `suppressions` spells them, on which it gives consent. A `request` is one for data or erasure: its address is not
    stored.
    """

    event_id: str
    type: str
    occurred_at: datetime
    body: str
    customer_id: str | None
    customer_email: str | None
    references: tuple[str, ...] = ()
    profile_fields: Mapping[str, Any] | None = None
    granted: tuple[str, ...] = ()
    request: bool = False


@dataclass(frozen=True)
class InboxStatus:
    """An event's status in the inbox, and the customer it belongs to."""

    status: str
    customer_id: str | None


@dataclass(frozen=True)
class PendingEvent:
    """An event to be signalled; `body` is its JSON text. `attempts` counts the signals so far."""

    event_id: str
    customer_id: str | None
    customer_email: str | None
    type: str
    body: str | None
    attempts: int = 0


@dataclass(frozen=True)
class AcceptResult:
    """The status of each event by its id, and the events to be signalled now, in the order of arrival."""

    statuses: dict[str, InboxStatus]
    to_signal: tuple[PendingEvent, ...]


async def accept(
    engine: AsyncEngine, events: Sequence[NewEvent], *, source: str, topic: str | None = None, head_start: timedelta
) -> AcceptResult:
    """Store events, each with an id of its own, in one statement. Known events stay as they are, unless refused.

    The relay does not signal them before `head_start` is over.
    """
    given = [{"place": place, **asdict(event)} for place, event in enumerate(events)]
    values = {"events": json_text(given), "source": source, "topic": topic, "head_start": head_start}
    async with engine.connect() as connection:
        rows = (await connection.execute(_ACCEPT, values)).all()
        statuses = {row.event_id: InboxStatus(row.status, row.customer_id) for row in rows}
        # Another process stored these after the statement began, so the statement cannot see them.
        if unseen := [event.event_id for event in events if event.event_id not in statuses]:
            known = await connection.execute(_STATUSES, {"ids": unseen})
            statuses |= {row.event_id: InboxStatus(row.status, row.customer_id) for row in known}
    to_signal = tuple(
        PendingEvent(row.event_id, row.customer_id, row.customer_email, row.type, row.body)
        for row in rows
        if row.sequence is not None and row.status == "RECEIVED"
    )
    return AcceptResult(statuses, to_signal)


async def keep(
    engine: AsyncEngine,
    *,
    event_id: str,
    reason: str,
    raw: bytes | None,
    mentions: Sequence[str],
    source: str,
    topic: str | None,
    now: datetime,
) -> None:
    """Store an unusable delivery: REFUSED with its bytes and the customers whose addresses are in them, or SKIPPED.

    Bytes that name a customer who was erased are not stored.
    """
    values = {
        "event_id": event_id,
        "now": now,
        "status": "SKIPPED" if raw is None else "REFUSED",
        "reason": reason,
        "raw": raw,
        "mentions": list(mentions) or None,
        "source": source,
        "topic": topic,
    }
    async with engine.connect() as connection:
        await connection.execute(_KEEP, values)


async def mark_signalled(engine: AsyncEngine, signalled: Sequence[str], superseded: Sequence[str] = ()) -> None:
    """Temporal has these events: a cart or a request is final now, any other event once its workflow has written it."""
    if signalled:
        await _mark(engine, _SIGNALLED, signalled, patience=PATIENCE, most_patience=MOST_PATIENCE)
    if superseded:
        reason = "a later update of the same cart was signalled instead"
        await _mark(engine, _ENDED, superseded, status="SKIPPED", reason=reason)


async def mark_failed(engine: AsyncEngine, event_ids: Sequence[str], reason: str) -> None:
    """These events could not be signalled: the relay retries with back-off."""
    await _mark(engine, _NOT_SIGNALLED, event_ids, reason=reason, pause=FIRST_PAUSE, most_pause=LONGEST_PAUSE)


async def mark_refused(engine: AsyncEngine, event_ids: Sequence[str], reason: str) -> None:
    """These events can never be signalled as they are: an operator has to look at them."""
    await _mark(engine, _ENDED, event_ids, status="REFUSED", reason=reason)


async def _mark(engine: AsyncEngine, statement: TextClause, event_ids: Sequence[str], **values: object) -> None:
    async with engine.connect() as connection:
        await connection.execute(statement, {"ids": list(event_ids), **values})
