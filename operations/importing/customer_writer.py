"""Writes imported customers to PostgreSQL in batches: read what is stored, fold, write."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.customers.imports import StoredCustomer, WrittenPast, read_customers, write_customers
from db.customers.tombstones import covers
from intake.door.references import of_event
from lifecycle.ledger_events import AnyEvent, read_ledger
from lifecycle.policy import Policy
from operations.access.errors import Unavailable
from operations.importing.contacts import ImportedEvent
from operations.importing.past import ImportedPast, fold_import
from operations.importing.summary import ImportSummary
from operations.importing.times import BEGINNING
from retention_client.events import OrderPaid, OrderRefunded
from retention_client.identity import customer_id

MOST_ATTEMPTS = 10

Refuse = Callable[[Iterable[int], str], None]


class CustomersBusy(Unavailable):
    """Customers kept changing while they were written."""

    def __init__(self) -> None:
        super().__init__("customers keep changing while they are imported: run the import again")


@dataclass(frozen=True)
class ImportedCustomer:
    """A customer with the events in the file."""

    email: str
    events: Sequence[ImportedEvent]


@dataclass(frozen=True)
class _Prepared:
    """A customer with what is stored and what is new. `past` is None when nothing is new."""

    imported: ImportedCustomer
    stored: StoredCustomer
    fresh: tuple[ImportedEvent, ...]
    refused: dict[int, str]
    known: int
    past: ImportedPast | None


class CustomerWriter:
    """Writes imported events, folded into their customers, and counts them. No message is sent for them."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        identity_key: bytes,
        policy: Policy,
        as_of: datetime,
        now: datetime,
        summary: ImportSummary,
        refuse: Refuse,
    ) -> None:
        self._engine = engine
        self._identity_key = identity_key
        self._policy = policy
        self._as_of = as_of
        self._now = now
        self._summary = summary
        self._refuse = refuse

    async def apply(self, batch: Sequence[ImportedCustomer]) -> None:
        """Write customers. A customer who changed in the meantime is read and written again."""
        waiting = {customer_id(self._identity_key, imported.email): imported for imported in batch}
        for _ in range(MOST_ATTEMPTS):
            if not waiting:
                return
            try:
                done = await self._write(waiting)
            except IntegrityError:
                continue
            except DataError:
                await self._write_halves(list(waiting.values()))
                return
            waiting = {owner_id: imported for owner_id, imported in waiting.items() if owner_id not in done}
        if waiting:
            raise CustomersBusy

    async def _write_halves(self, batch: Sequence[ImportedCustomer]) -> None:
        """Refuse the customer whose values PostgreSQL rejects, and write the others."""
        if len(batch) == 1:
            self._refuse({line for event in batch[0].events for line in event.lines}, "PostgreSQL rejects the values")
            return
        middle = len(batch) // 2
        await self.apply(batch[:middle])
        await self.apply(batch[middle:])

    async def _write(self, waiting: dict[str, ImportedCustomer]) -> set[str]:
        ids = [event.event.event_id for imported in waiting.values() for event in imported.events]
        stored, owners = await read_customers(self._engine, list(waiting), ids)
        claimed = dict(owners)
        for owner_id, imported in waiting.items():
            for event in imported.events:
                claimed.setdefault(event.event.event_id, owner_id)
        prepared = [
            self._prepared(imported, stored[owner_id], owners.keys(), claimed) for owner_id, imported in waiting.items()
        ]
        writes = [_written(one, one.past) for one in prepared if one.past is not None]
        written = await write_customers(self._engine, writes, self._now) if writes else set()
        done = [one for one in prepared if one.past is None or one.stored.customer_id in written]
        for one in done:
            self._count(one)
        return {one.stored.customer_id for one in done}

    def _prepared(
        self, imported: ImportedCustomer, stored: StoredCustomer, known: Set[str], owners: Mapping[str, str | None]
    ) -> _Prepared:
        reasons = [self._refusal(event, stored, owners) for event in imported.events]
        accepted = [event for event, reason in zip(imported.events, reasons, strict=True) if reason is None]
        fresh = {event.event.event_id: event for event in accepted if event.event.event_id not in known}
        useful = {line for event in accepted for line in event.lines}
        refused = {
            line: reason
            for event, reason in zip(imported.events, reasons, strict=True)
            if reason is not None
            for line in event.lines
            if line not in useful
        }
        past: ImportedPast | None = None
        if fresh:
            events = [event.event for event in fresh.values()]
            past = fold_import(
                stored.customer_id,
                imported.email,
                events,
                self._as_of,
                self._policy,
                stored=[read_ledger(body) for body in stored.applied],
                stored_at=stored.updated_at,
            )
        return _Prepared(imported, stored, tuple(fresh.values()), refused, len(accepted) - len(fresh), past)

    def _refusal(self, imported: ImportedEvent, stored: StoredCustomer, owners: Mapping[str, str | None]) -> str | None:
        if owners[imported.event.event_id] != stored.customer_id:
            return "belongs to another customer"
        occurred = imported.event.occurred_at if imported.dated else BEGINNING
        if covers(stored.erased_at, occurred):
            return "is from before the customer was erased"
        return None

    def _count(self, one: _Prepared) -> None:
        for line, reason in one.refused.items():
            self._refuse([line], reason)
        state = one.past.profile.state if one.past else one.stored.state
        if state is None:
            return
        self._summary.customers += 1
        self._summary.unchanged += one.past is None
        self._summary.known += one.known
        self._summary.states[str(state)] += 1
        count_events(self._summary, [imported.event for imported in one.fresh])


def count_events(summary: ImportSummary, events: Iterable[AnyEvent]) -> None:
    """Add new orders and refunds to the summary."""
    for event in events:
        summary.orders += isinstance(event, OrderPaid)
        summary.refunds += isinstance(event, OrderRefunded)


def _written(one: _Prepared, past: ImportedPast) -> WrittenPast:
    events = [imported.event for imported in one.fresh]
    return WrittenPast(
        customer_id=one.stored.customer_id,
        email=one.imported.email,
        epoch=one.stored.epoch,
        revision=one.stored.revision,
        written_at=past.written_at,
        earliest=min(new.event.occurred_at if new.dated else BEGINNING for new in one.fresh),
        profile=past.profile,
        events=[
            {
                "event_id": event.event_id,
                "type": event.type,
                "occurred_at": event.occurred_at,
                "body": event.model_dump(mode="json", exclude_none=True),
            }
            for event in (*events, *past.checks)
        ],
        transitions=past.transitions,
        orders=past.orders,
        references=sorted({reference for event in events for reference in of_event(event)}),
    )
