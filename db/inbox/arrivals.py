"""The inbox: an event is kept here before anybody is told that it was accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine.connections import json_text

# Who an event is about is settled here, and not before: between a look and the insert another process may have
# learnt it, written a tombstone, or taken in an event that makes this one worth telling.
_ACCEPT = text("""
    WITH given AS (
      SELECT new.*, ARRAY(SELECT jsonb_array_elements_text(new.names)) AS known_as
      FROM jsonb_to_recordset(CAST(:events AS jsonb)) AS new(
        place int, event_id text, type text, occurred_at timestamptz, body jsonb, customer_id text,
        customer_email text, names jsonb, says jsonb, granted jsonb, request boolean)),
    named AS (
      SELECT given.place, given.event_id, type, occurred_at, says, granted, request, known_as,
             coalesce(given.customer_id, found.customer_id) AS whose,
             CASE WHEN NOT request THEN coalesce(given.customer_email, found.customer_email) END AS address,
             CASE WHEN given.customer_id IS NULL AND found.customer_id IS NOT NULL AND NOT request
                  THEN body || jsonb_build_object('customer_email', found.customer_email) ELSE body END AS body
      FROM given LEFT JOIN LATERAL (
        SELECT customer_id, customer_email FROM customer_references
        WHERE given.customer_id IS NULL AND reference = ANY(known_as)
        ORDER BY array_position(known_as, reference), created_at DESC LIMIT 1) AS found ON true),
    judged AS (
      SELECT named.*,
        CASE
          WHEN type = 'SHOP_ERASURE_REQUESTED' THEN 'RECEIVED'
          WHEN whose IS NULL THEN 'WAITING'
          WHEN NOT request AND EXISTS (
            SELECT FROM erasures WHERE customer_id = whose AND erased_at >= occurred_at) THEN 'DISCARDED'
          WHEN says IS NOT NULL
            AND EXISTS (SELECT FROM customer_profiles AS profile
                        WHERE customer_id = whose AND stopped_at IS NULL AND to_jsonb(profile) @> says)
            AND NOT EXISTS (SELECT FROM event_inbox WHERE customer_id = whose AND (status = 'RECEIVED'
                              OR says <> '{}' AND status = 'SIGNALLED' AND signal_after > clock_timestamp()))
            AND NOT EXISTS (SELECT FROM named AS other WHERE other.whose = named.whose AND other.place < named.place)
            THEN 'SKIPPED'
          ELSE 'RECEIVED'
        END AS status
      FROM named),
    known AS (
      SELECT event_id, status, customer_id FROM event_inbox WHERE event_id IN (SELECT event_id FROM given)),
    kept AS (
      INSERT INTO event_inbox AS stood (event_id, type, occurred_at, customer_id, customer_email, body, status,
                                        last_error, source, topic, signal_after, waits_for)
      SELECT event_id, type, occurred_at,
             CASE WHEN status <> 'DISCARDED' THEN whose END,
             CASE WHEN status <> 'DISCARDED' THEN address END,
             CASE WHEN status <> 'DISCARDED' THEN body END,
             status,
             CASE status WHEN 'SKIPPED' THEN 'changes nothing' WHEN 'DISCARDED' THEN 'the customer was erased' END,
             :source, :topic, clock_timestamp() + :head_start,
             CASE WHEN status = 'WAITING' THEN known_as END
      FROM judged ORDER BY place
      -- What was refused may have been corrected since. Whatever else is known stays as it is.
      ON CONFLICT (event_id) DO UPDATE SET
        type = excluded.type, occurred_at = excluded.occurred_at, customer_id = excluded.customer_id,
        customer_email = excluded.customer_email, body = excluded.body, status = excluded.status,
        last_error = excluded.last_error, source = excluded.source, topic = excluded.topic,
        signal_after = excluded.signal_after, waits_for = excluded.waits_for, attempts = 0
        WHERE stood.status = 'REFUSED' AND stood.type IS NOT NULL
          AND (stood.customer_id IS NULL OR stood.customer_id = excluded.customer_id)
      RETURNING event_id, sequence, status, customer_id, customer_email, type, body),
    -- An event under the id of another customer's is not taken, so nothing of it may be believed.
    believed AS (
      SELECT judged.* FROM judged LEFT JOIN known USING (event_id)
      WHERE address IS NOT NULL AND judged.status <> 'DISCARDED'
        AND (known.customer_id IS NULL OR known.customer_id = whose)),
    remembered AS (
      INSERT INTO customer_references (reference, customer_id, customer_email)
      SELECT DISTINCT name, whose, address FROM believed, unnest(known_as) AS name ORDER BY name, whose
      ON CONFLICT (reference, customer_id) DO NOTHING),
    adopted AS (
      UPDATE event_inbox AS waiting SET
        status = 'RECEIVED', waits_for = NULL, customer_id = whose, customer_email = address,
        body = waiting.body || jsonb_build_object('customer_email', address),
        signal_after = clock_timestamp() + :head_start
      FROM believed
      WHERE waiting.status = 'WAITING' AND waiting.waits_for && known_as
        AND waiting.type NOT IN ('ERASURE_REQUESTED', 'DATA_REQUESTED')
        AND NOT EXISTS (SELECT FROM erasures WHERE customer_id = whose AND erased_at >= waiting.occurred_at)
      RETURNING waiting.event_id, sequence, waiting.status, waiting.customer_id, waiting.customer_email, waiting.type,
                waiting.body),
    lifted AS (
      DELETE FROM suppressions USING judged JOIN kept USING (event_id)
      WHERE suppressions.customer_id = whose AND reason = 'unsubscribe' AND granted ? channel
        AND suppressions.created_at < occurred_at AND kept.status = 'RECEIVED'),
    returned AS (
      UPDATE erasures SET returned_at = occurred_at FROM judged JOIN kept USING (event_id)
      WHERE erasures.customer_id = whose AND returned_at IS NULL AND kept.status = 'RECEIVED' AND NOT request)
    SELECT event_id, status, customer_id, customer_email, type, body, sequence FROM kept
    UNION ALL SELECT event_id, status, customer_id, customer_email, type, body, sequence FROM adopted
    UNION ALL SELECT event_id, status, customer_id, NULL, NULL, NULL, NULL FROM known
    WHERE event_id NOT IN (SELECT event_id FROM kept)
    ORDER BY sequence
""")

_STANDS = text("SELECT event_id, status, customer_id FROM event_inbox WHERE event_id = ANY(:ids)")

_KEEP = text("""
    INSERT INTO event_inbox (event_id, type, occurred_at, status, last_error, raw, mentions, source, topic)
    SELECT :event_id, NULL, :now, :status,
           :reason || CASE WHEN erased THEN '; it names somebody who was erased' ELSE '' END,
           CASE WHEN NOT erased THEN CAST(:raw AS bytea) END, CASE WHEN NOT erased THEN CAST(:mentions AS text[]) END,
           :source, :topic
    FROM (SELECT EXISTS (
            SELECT FROM erasures
            WHERE customer_id = ANY(CAST(:mentions AS text[])) AND returned_at IS NULL) AS erased) AS judged
    ON CONFLICT (event_id) DO NOTHING
""")

# Rows that somebody has locked are being applied, or marked, and are left alone: no mark waits for another.
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
"""How long a workflow has to apply what it was signalled before it is signalled again; doubles each time."""

MOST_PATIENCE = timedelta(hours=1)

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True)
class NewEvent:
    """An event to be kept. Without `customer_id` and `customer_email` it is for whoever one of `names` stands for.

    `says` are the columns of a profile that it would set, where it does nothing else; `granted` the channels, as
    `suppressions` spells them, on which it gives consent. A `request` is one for data or erasure: no address is kept.
    """

    event_id: str
    type: str
    occurred_at: datetime
    body: Mapping[str, Any]
    customer_id: str | None
    customer_email: str | None
    names: tuple[str, ...] = ()
    says: Mapping[str, Any] | None = None
    granted: tuple[str, ...] = ()
    request: bool = False


@dataclass(frozen=True)
class InboxStatus:
    """How an event stands in the inbox, and whose it is."""

    status: str
    customer_id: str | None


@dataclass(frozen=True)
class PendingEvent:
    """An event that a workflow has to be told of. `attempts` counts how often that was tried."""

    event_id: str
    customer_id: str | None
    customer_email: str | None
    type: str
    body: dict[str, Any]
    attempts: int = 0


@dataclass(frozen=True)
class AcceptResult:
    """How each event stands, by its id, and what is to be signalled now, in the order of arrival."""

    standing: dict[str, InboxStatus]
    to_signal: tuple[PendingEvent, ...]


async def accept(
    engine: AsyncEngine, events: Sequence[NewEvent], *, source: str, topic: str | None = None, head_start: timedelta
) -> AcceptResult:
    """Keep events, each with an id of its own, in one statement. Those known before stay, unless they were refused.

    Nobody else signals them for the time of `head_start`.
    """
    given = [{"place": place, **asdict(event)} for place, event in enumerate(events)]
    values = {"events": json_text(given), "source": source, "topic": topic, "head_start": head_start}
    async with engine.connect() as connection:
        rows = (await connection.execute(_ACCEPT, values)).all()
        standing = {row.event_id: InboxStatus(row.status, row.customer_id) for row in rows}
        # Kept by another process since this statement began, which therefore cannot see it.
        if unseen := [event.event_id for event in events if event.event_id not in standing]:
            known = await connection.execute(_STANDS, {"ids": unseen})
            standing |= {row.event_id: InboxStatus(row.status, row.customer_id) for row in known}
    to_signal = tuple(
        PendingEvent(row.event_id, row.customer_id, row.customer_email, row.type, row.body)
        for row in rows
        if row.sequence is not None and row.status == "RECEIVED"
    )
    return AcceptResult(standing, to_signal)


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
    """Keep what cannot be used: REFUSED with its bytes and the customers whose addresses stand in them, or SKIPPED.

    Bytes that name somebody who was erased are not kept.
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
    """Temporal has these: a cart or a request is final with that, anything else once its workflow has written it."""
    if signalled:
        await _mark(engine, _SIGNALLED, signalled, patience=PATIENCE, most_patience=MOST_PATIENCE)
    if superseded:
        reason = "a later word on the same cart was told instead"
        await _mark(engine, _ENDED, superseded, status="SKIPPED", reason=reason)


async def mark_failed(engine: AsyncEngine, event_ids: Sequence[str], reason: str) -> None:
    """These could not be signalled: try again later, and later each time."""
    await _mark(engine, _NOT_SIGNALLED, event_ids, reason=reason, pause=FIRST_PAUSE, most_pause=LONGEST_PAUSE)


async def mark_refused(engine: AsyncEngine, event_ids: Sequence[str], reason: str) -> None:
    """These cannot be signalled, ever, as they stand here: somebody has to look."""
    await _mark(engine, _ENDED, event_ids, status="REFUSED", reason=reason)


async def _mark(engine: AsyncEngine, statement: TextClause, event_ids: Sequence[str], **values: object) -> None:
    async with engine.connect() as connection:
        await connection.execute(statement, {"ids": list(event_ids), **values})
