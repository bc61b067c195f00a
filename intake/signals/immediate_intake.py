"""Accepts one event and signals it before it returns: for commands and tests, which wait for both."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from db.engine.connections import json_text
from db.inbox import arrivals as inbox
from db.inbox import rows
from db.inbox.arrivals import PendingEvent
from intake.door.door import Door
from intake.door.incoming import EventRejected, IncomingEvent
from intake.signals.signalling import Signalling
from retention_client.customer_workflow import TASK_QUEUE
from retention_client.events import Event, InvalidEvent, StorefrontEvent
from retention_client.identity import customer_id, normalise_email, workflow_id

SOURCE = "storefront"


@dataclass(frozen=True)
class TakenEvent:
    """An event that was accepted. A `duplicate` was applied before, or changes nothing: it was not signalled."""

    customer_id: str
    event_id: str
    duplicate: bool = False

    @property
    def workflow_id(self) -> str:
        """The id of the customer's workflow."""
        return workflow_id(self.customer_id)


class ImmediateIntake:
    """Commits each event to the inbox, and then signals it. Safe to share between tasks."""

    def __init__(
        self,
        engine: AsyncEngine,
        client: Client,
        *,
        identity_key: bytes,
        currency: str = "USD",
        task_queue: str = TASK_QUEUE,
    ) -> None:
        async def connected() -> Client:
            return client

        self._engine = engine
        self._identity_key = identity_key
        self._currency = currency
        self._signalling = Signalling(connected, task_queue)

    async def send(self, event: StorefrontEvent | dict[str, Any]) -> TakenEvent:
        """Accept and signal one event.

        Raises `InvalidEvent`, also for the id of another customer's event. Raises Temporal's `RPCError` when it does
        not take the signal: the event is committed all the same, and the relay signals it later.
        """
        document = event.model_dump(mode="json", exclude_none=True) if isinstance(event, Event) else event
        if not document.get("customer_email"):
            raise InvalidEvent("customer_email", "is missing")
        offered = _Offered()
        door = Door(self._engine, identity_key=self._identity_key, currency=self._currency, signals=offered)
        (result,) = await door.accept([IncomingEvent(document)], source=SOURCE)
        if isinstance(result, EventRejected):
            raise InvalidEvent(result.field, result.reason)
        duplicate = False
        if all(pending.event_id != result.event_id for pending in offered):
            unapplied = await self._unapplied(result.event_id)
            duplicate = unapplied is None
            offered += [unapplied] if unapplied else []
        for pending in offered:
            await self._signalling.signal(pending)
            await inbox.mark_signalled(self._engine, [pending.event_id])
        owner = customer_id(self._identity_key, normalise_email(document["customer_email"]))
        return TakenEvent(owner, result.event_id, duplicate)

    async def _unapplied(self, event_id: str) -> PendingEvent | None:
        """Return a known event that has yet to be applied: its signal may have been lost."""
        row = (await rows.read_rows(self._engine, [event_id]))[event_id]
        if row.status != "RECEIVED":
            return None
        return PendingEvent(event_id, row.customer_id, row.customer_email, str(row.type), json_text(row.body))


class _Offered(list[PendingEvent]):
    def offer(self, events: Iterable[PendingEvent]) -> None:
        self.extend(events)
