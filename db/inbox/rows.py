"""The inbox as an operator sees it: what could not be applied, and what is done about it."""

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
      AND (CAST(:customer AS text) IS NULL OR customer_id = :customer OR mentions @> ARRAY[CAST(:customer AS text)])
      AND (NOT :only_troubled OR status = 'REFUSED' OR status = 'RECEIVED'
           AND (last_error IS NOT NULL OR received_at < clock_timestamp() - CAST(:patience AS interval)))
"""
_IN_ORDER = "ORDER BY sequence LIMIT :most"

# The ledger is by far the most of the table; who does not ask for it reads a small index instead.
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

# A signal that its workflow refused stands here twice when it came by way of the inbox: as what was told, and as the
# signal. Whatever ends one of them ends both.
_DISCARD = text("""
    UPDATE event_inbox SET status = 'DISCARDED', last_error = :reason, waits_for = NULL
    WHERE status IN ('RECEIVED', 'WAITING', 'REFUSED') AND (event_id = :event_id
      OR status = 'REFUSED' AND customer_id = :customer AND (event_id = :told_id
         OR starts_with(event_id, 'refused:') AND EXISTS (
           SELECT FROM unnest(CAST(:told AS bytea[])) AS spelling WHERE position(spelling IN raw) > 0)))
""")

PATIENCE = timedelta(minutes=5)
"""An event that was not applied by then needs somebody to look."""


@dataclass(frozen=True)
class InboxRow:
    """An event as it stands in the inbox. `type` is a signal's name where a signal was refused."""

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
    """Rows in the order of arrival, how many there are in all, and how many events wait for their customer's name."""

    rows: tuple[InboxRow, ...]
    found: int
    waiting: int


@dataclass(frozen=True)
class KeptEvent:
    """An event with what was kept of it: the canonical `body`, or the `raw` bytes of what could not be read."""

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
    engine: AsyncEngine, *, statuses: Sequence[str] | None, troubled: bool, customer: str | None, most: int
) -> InboxList:
    """Rows in some of the statuses, or in any; with `troubled` only those that need somebody to look."""
    values = {
        "statuses": list(statuses) if statuses else None,
        "customer": customer,
        "only_troubled": troubled,
        "patience": PATIENCE,
        "most": most,
    }
    ledger_too = "APPLIED" in (statuses or ("APPLIED",)) and not troubled
    async with engine.connect() as connection:
        rows = (await connection.execute(_LIST_ANY if ledger_too else _LIST_BESIDES_THE_LEDGER, values)).all()
        waiting = (await connection.execute(_WAITING)).scalar_one()
    return InboxList(tuple(InboxRow(*row[:-1]) for row in rows), rows[0].found if rows else 0, waiting)


async def read_rows(engine: AsyncEngine, event_ids: Sequence[str]) -> dict[str, KeptEvent]:
    """Events with what was kept of them, by their ids."""
    async with engine.connect() as connection:
        rows = await connection.execute(_READ, {"ids": list(event_ids)})
        return {row.event_id: KeptEvent(*row) for row in rows}


async def make_due(engine: AsyncEngine, event_id: str) -> None:
    """Have the relay signal an event at once."""
    async with engine.connect() as connection:
        await connection.execute(_MAKE_DUE, {"event_id": event_id})


async def discard(engine: AsyncEngine, event: KeptEvent, reason: str, *, told_id: str | None) -> bool:
    """Give an event up; False when it stands otherwise by now. `told_id` is the id that its own text gives it."""
    # The whole member: an id alone may be the beginning of another.
    told = [f'"event_id":{gap}{json_text(told_id)}'.encode() for gap in ("", " ")] if told_id else []
    values = {
        "event_id": event.event_id,
        "customer": event.customer_id,
        "told_id": told_id,
        "told": told,
        "reason": reason,
    }
    async with engine.connect() as connection:
        return (await connection.execute(_DISCARD, values)).rowcount > 0
