"""The inbox: an event is kept here before anybody is told that it was accepted."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine import json_text

_ACCEPT = text("""
    INSERT INTO event_inbox AS known (event_id, customer_id, customer_email, type, occurred_at, body, status)
    VALUES (:event_id, :customer_id, :customer_email, :type, :occurred_at, CAST(:body AS jsonb), 'RECEIVED')
    ON CONFLICT (event_id) DO UPDATE SET attempts = known.attempts + 1
    RETURNING status, customer_id
""")


class EventIdTaken(Exception):
    """Another customer's event has this id."""


async def accept(
    engine: AsyncEngine,
    *,
    event_id: str,
    customer_id: str,
    customer_email: str,
    type: str,  # noqa: A002 - the column's name
    occurred_at: datetime,
    body: dict[str, Any],
) -> bool:
    """Keep an event as received. False when it stands there as applied already. Raises `EventIdTaken`."""
    async with engine.connect() as connection:
        kept = await connection.execute(
            _ACCEPT,
            {
                "event_id": event_id,
                "customer_id": customer_id,
                "customer_email": customer_email,
                "type": type,
                "occurred_at": occurred_at,
                "body": json_text(body),
            },
        )
        status, owner = kept.one()
    if owner != customer_id:
        raise EventIdTaken
    return bool(status != "APPLIED")
