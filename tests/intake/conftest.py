"""A door on an empty inbox, with events to bring to it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox.arrivals import PendingEvent
from intake.door.door import Door
from intake.door.incoming import EventResult, IncomingEvent
from intake.signals.signalling import Signalling, SignalResult, coalesced
from retention_client.identity import customer_id

KEY = b"an identity key of sixteen letters or more"
ADA = "ada@example.com"
BOB = "bob@example.com"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SKILLET = {"sku": "SKILLET", "name": "Cast Iron Skillet", "quantity": 1, "unit_price": "199.00"}


class Offered(list[PendingEvent]):
    """The events that were offered to be signalled at once."""

    def offer(self, events: Iterable[PendingEvent]) -> None:
        """Record them."""
        self.extend(events)


class Counter:
    """A door, and the inbox behind it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.offered = Offered()
        self.door = Door(engine, identity_key=KEY, currency="USD", signals=self.offered)
        self._numbers = count(1)

    def event(self, type_: str, email: str | None = ADA, *, at: datetime = NOON, **fields: Any) -> dict[str, Any]:
        """An event of the contract with an id of its own."""
        found = {"type": type_, "event_id": f"e-{next(self._numbers)}", "occurred_at": at.isoformat(), **fields}
        return found if email is None else {**found, "customer_email": email}

    def order(self, order_id: str, email: str | None = ADA, **fields: Any) -> dict[str, Any]:
        """An order of one skillet."""
        order = {"order_id": order_id, "total": "199.00", "currency": "USD", "items": [SKILLET]}
        return self.event("ORDER_PAID", email, order={**order, **fields})

    def cart(self, cart_id: str, email: str | None = ADA, **fields: Any) -> dict[str, Any]:
        """A cart with a skillet."""
        return self.event("CART_UPDATED", email, cart={"cart_id": cart_id, "items": [SKILLET]}, **fields)

    async def send(self, *events: dict[str, Any], references: Sequence[str] = ()) -> tuple[EventResult, ...]:
        """Send events to the door, all of them with the same references."""
        return await self.door.accept(
            [IncomingEvent(event, tuple(references)) for event in events], source="test", topic="things"
        )

    async def row(self, event: dict[str, Any]) -> dict[str, Any]:
        """The row of an event."""
        (row,) = await self.rows("SELECT * FROM event_inbox WHERE event_id = :id", id=event["event_id"])
        return row

    async def statuses(self) -> dict[str, str]:
        """The status of everything in the inbox, by its id."""
        rows = await self.rows("SELECT event_id, status FROM event_inbox ORDER BY sequence")
        return {row["event_id"]: row["status"] for row in rows}

    async def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of the database."""
        async with self.engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(query), parameters)).mappings()]

    async def run(self, statement: str, **parameters: Any) -> None:
        """Change the database directly."""
        async with self.engine.connect() as connection:
            await connection.execute(text(statement), parameters)

    async def profile(self, email: str = ADA, **fields: Any) -> None:
        """A customer is known."""
        names = ", ".join(("customer_id", "customer_email", *fields))
        values = ", ".join(f":{name}" for name in ("customer_id", "customer_email", *fields))
        given = {"customer_id": id_of(email), "customer_email": email, **fields}
        await self.run(f"INSERT INTO customer_profiles ({names}) VALUES ({values})", **given)


class RecordedSignalling(Signalling):
    """Records the events in order instead of signalling them."""

    def __init__(self) -> None:
        self.signalled: list[str] = []
        self.failing: set[str] = set()

    async def signal_all(self, events: Sequence[PendingEvent]) -> SignalResult:
        """Succeed, except for the customers for whom Temporal fails."""
        if {event.customer_id for event in events} & self.failing:
            return SignalResult((), (), tuple(event.event_id for event in events), "Temporal: unavailable")
        needed, superseded = coalesced(events)
        self.signalled += [event.event_id for event in needed]
        return SignalResult(tuple(event.event_id for event in needed), superseded)


def id_of(email: str) -> str:
    """The id of the customer with an address."""
    return customer_id(KEY, email)


@pytest.fixture
def counter(clean_database: None, engine: AsyncEngine) -> Counter:
    """A door on an empty inbox."""
    return Counter(engine)
