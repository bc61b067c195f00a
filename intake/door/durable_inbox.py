"""The inbox in PostgreSQL, as the storefront client uses it."""

from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox import arrivals as inbox
from intake.door import references
from intake.door.door import HEAD_START, new_event
from retention_client.events import InvalidEvent, StorefrontEvent


class DurableInbox:
    """Commits each event to `event_inbox`; the customer's workflow marks it applied, and the relay sees to it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def accept(self, customer: str, event: StorefrontEvent) -> bool:
        """Keep the event; False when nobody needs to be told of it. Raises `InvalidEvent` for another customer's id."""
        new = new_event(event, customer, references.of_event(event))
        accepted = await inbox.accept(self._engine, [new], source="storefront", head_start=HEAD_START)
        standing = accepted.standing[event.event_id]
        if standing.customer_id not in {customer, None}:
            raise InvalidEvent("event_id", "is the id of another customer's event")
        return standing.status == "RECEIVED"

    async def signalled(self, event_id: str) -> None:
        """Temporal has the event."""
        await inbox.mark_signalled(self._engine, [event_id])
