"""Lists the inbox: the events that need an operator, or those in given statuses."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox import rows
from db.inbox.rows import InboxList
from db.schema.tables import EVENT_STATUSES
from operations.access.errors import InvalidInput


def check_statuses(statuses: Sequence[str]) -> Sequence[str]:
    """Return the statuses; this needs no server. Raises `InvalidInput` for an unknown status, or none."""
    if not statuses or not set(statuses) <= set(EVENT_STATUSES):
        raise InvalidInput(f"must be some of {', '.join(EVENT_STATUSES)}", field="statuses")
    return statuses


async def list_inbox(
    engine: AsyncEngine,
    *,
    statuses: Sequence[str] | None,
    needs_attention: bool,
    customer_id: str | None,
    limit: int,
) -> InboxList:
    """List at most `limit` events in the order of their arrival.

    `needs_attention` selects events that were refused, and those that should have been applied by now; without it,
    `statuses` selects, or None for all.
    """
    return await rows.list_rows(
        engine, statuses=statuses, needs_attention=needs_attention, customer_id=customer_id, most=limit
    )
