"""The inbox for operators: events that could not be applied, and what can be done about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine.connections import json_text

_LIST = """
    SELECT event_id, status, type, source, topic, customer_id, received_at, attempts, last_error AS reason,
           count(*) OVER () AS found
    FROM event_inbox
    WHERE (CAST(:statuses AS text[]) IS NULL OR status = ANY(:statuses))
      AND (CAST(:customer_id AS text) IS NULL OR customer_id = :customer_id
           OR mentions @> ARRAY[CAST(:customer_id AS text)])
      AND (NOT :needs_attention OR status = 'REFUSED' OR status = 'RECEIVED'
           AND (last_error IS NOT NULL OR received_at < clock_timestamp() - CAST(:patience AS interval)))
"""
_IN_ORDER = "ORDER BY sequence LIMIT :most"

# The ledger is by far the largest part of the table. Without it, a small index answers.
_LIST_ANY = text(f"{_LIST} {_IN_ORDER}")
_LIST_BESIDES_THE_LEDGER = text(f"{_LIST} AND status <> 'APPLIED' {_IN_ORDER}")

_WAITING = text("SELECT count(*) FROM event_inbox WHERE status = 'WAITING'")

_READ = text("""
    SELECT event_id, status, type, source, topic, customer_id, customer_email, body, raw, received_at
    FROM event_inbox WHERE event_id = ANY(:ids)
""")

_MAKE_DUE = text("""
    UPDATE event_inbox SET signal_after = clock_timestamp() WHERE event_id = :event_id AND status = 'RECEIVED'
""")

# A signal that came through the inbox and that its workflow refused has two rows: the event and the signal. Both are
# discarded together.
_DISCARD = text("""
    UPDATE event_inbox SET status = 'DISCARDED', last_error = :reason, waits_for = NULL
    WHERE status = ANY(:open) AND (event_id = :event_id
      OR status = 'REFUSED' AND customer_id = :customer_id AND (event_id = :original_event_id
         OR starts_with(event_id, 'refused:') AND EXISTS (
           SELECT FROM unnest(CAST(:spellings AS bytea[])) AS spelling WHERE position(spelling IN raw) > 0)))
""")

OPEN_STATUSES = ("RECEIVED", "WAITING", "REFUSED")
"""The statuses of events that may still be applied, or discarded."""

PATIENCE = timedelta(minutes=5)
"""An event that was not applied by then needs the attention of an operator."""


@dataclass(frozen=True)
class InboxRow:
    """A row of the inbox. `type` is the name of the signal for a signal that was refused."""

    event_id: str
    status: str
    type: str | None
    source: str | None
    topic: str | None
    customer_id: str | None
    received_at: datetime
    attempts: int
    reason: str | None


@dataclass(frozen=True)
class InboxList:
    """Rows in the order of arrival, how many there are in total, and how many events wait for their customer."""

    rows: tuple[InboxRow, ...]
    found: int
    waiting: int


@dataclass(frozen=True)
class StoredInboxEvent:
    """An event with its canonical `body`, or with the `raw` bytes of one that could not be read."""

    event_id: str
    status: str
    type: str | None
    source: str | None
    topic: str | None
    customer_id: str | None
    customer_email: str | None
    body: dict[str, Any] | None
    raw: bytes | None
    received_at: datetime


async def list_rows(
    engine: AsyncEngine, *, statuses: Sequence[str] | None, needs_attention: bool, customer_id: str | None, most: int
) -> InboxList:
    """Rows in some of the statuses, or in any; with `needs_attention` only those that need an operator."""
    values = {
        "statuses": list(statuses) if statuses else None,
        "customer_id": customer_id,
        "needs_attention": needs_attention,
        "patience": PATIENCE,
        "most": most,
    }
    ledger_too = "APPLIED" in (statuses or ("APPLIED",)) and not needs_attention
    async with engine.connect() as connection:
        rows = (await connection.execute(_LIST_ANY if ledger_too else _LIST_BESIDES_THE_LEDGER, values)).all()
        waiting = (await connection.execute(_WAITING)).scalar_one()
    return InboxList(tuple(InboxRow(*row[:-1]) for row in rows), rows[0].found if rows else 0, waiting)


async def read_rows(engine: AsyncEngine, event_ids: Sequence[str]) -> dict[str, StoredInboxEvent]:
    """Stored events, by their ids."""
    async with engine.connect() as connection:
        rows = await connection.execute(_READ, {"ids": list(event_ids)})
        return {row.event_id: StoredInboxEvent(*row) for row in rows}


async def make_due(engine: AsyncEngine, event_id: str) -> None:
    """Let the relay signal an event at once."""
    async with engine.connect() as connection:
        await connection.execute(_MAKE_DUE, {"event_id": event_id})


async def discard(engine: AsyncEngine, event: StoredInboxEvent, reason: str, *, original_event_id: str | None) -> None:
    """Discard an event, unless its status no longer allows that.

    `original_event_id` is the id in the text of a refused signal.
    """
    # The whole member: an id alone may be the beginning of another.
    spellings = (
        [f'"event_id":{gap}{json_text(original_event_id)}'.encode() for gap in ("", " ")] if original_event_id else []
    )
    values = {
        "open": list(OPEN_STATUSES),
        "event_id": event.event_id,
        "customer_id": event.customer_id,
        "original_event_id": original_event_id,
        "spellings": spellings,
        "reason": reason,
    }
    async with engine.connect() as connection:
        await connection.execute(_DISCARD, values)
