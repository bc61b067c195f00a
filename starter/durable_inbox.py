"""The inbox in PostgreSQL, as the storefront client uses it."""

from sqlalchemy.ext.asyncio import AsyncEngine

from db import inbox
from lifecycle.events import InvalidEvent, StorefrontEvent


class DurableInbox:
    """Commits each event to `event_inbox`; the customer's workflow marks it applied."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def accept(self, customer: str, event: StorefrontEvent) -> bool:
        """Keep the event; False when it was applied before. Raises `InvalidEvent` for another customer's id."""
        try:
            return await inbox.accept(
                self._engine,
                event_id=event.event_id,
                customer_id=customer,
                customer_email=event.customer_email,
                type=event.type,
                occurred_at=event.occurred_at,
                body=event.model_dump(mode="json", exclude_none=True),
            )
        except inbox.EventIdTaken:
            raise InvalidEvent("event_id", "is the id of another customer's event") from None
