"""Discards events of the inbox: they are never applied."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox import rows
from db.inbox.rows import OPEN_STATUSES, StoredInboxEvent
from operations.access.errors import NotAllowed, NotFound
from operations.inbox.refused_event import original_event_id

NO_SUCH_EVENT = "there is no such event; `retention inbox list` shows their ids"


async def discard_events(engine: AsyncEngine, event_ids: Sequence[str], reason: str) -> list[str]:
    """Discard events for a reason, which is stored with them, and return their ids.

    An event that was applied meanwhile is left out.
    Raises `NotFound` or `NotAllowed` before any is discarded, if one event is unknown or already final.
    """
    found = await rows.read_rows(engine, event_ids)
    events = [_discardable(event_id, found.get(event_id)) for event_id in event_ids]
    for event in events:
        await rows.discard(engine, event, reason, original_event_id=original_event_id(event))
    final = await rows.read_rows(engine, event_ids)
    return [event_id for event_id in event_ids if event_id in final and final[event_id].status == "DISCARDED"]


def _discardable(event_id: str, stored: StoredInboxEvent | None) -> StoredInboxEvent:
    if stored is None:
        raise NotFound(NO_SUCH_EVENT, field="event_id")
    if stored.status not in OPEN_STATUSES:
        raise NotAllowed(f"{event_id} is {stored.status}, and that is final", field="event_id")
    return stored
