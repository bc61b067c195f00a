"""Customers' pasts on their way to PostgreSQL: read what is known, fold, write, a batch at a time."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.customers.imports import StoredCustomer, WrittenPast, read_customers, write_customers
from intake.door.references import of_event
from lifecycle.policy import Policy
from operations.importing.contacts import Told
from operations.importing.moments import BEGINNING
from operations.importing.past import Known, Past, past_of
from operations.importing.summary import Summary
from retention_client.events import AnyEvent, OrderPaid, OrderRefunded, read_ledger
from retention_client.identity import customer_id

MOST_ATTEMPTS = 10

Refuse = Callable[[Iterable[int], str], None]


class Busy(Exception):
    """Customers change faster than they can be written."""

    def __init__(self) -> None:
        super().__init__("customers keep changing while they are imported: run the import again")


@dataclass(frozen=True)
class Imported:
    """A customer as the file tells of them."""

    email: str
    told: Sequence[Told]


@dataclass(frozen=True)
class _Prepared:
    """A customer whose file and past are put together. Without `past` there is nothing new."""

    imported: Imported
    stored: StoredCustomer
    fresh: tuple[Told, ...]
    refused: dict[int, str]
    known: int
    past: Past | None


class Application:
    """Applies what was told to the database, and counts it. Nothing is sent for it."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        identity_key: bytes,
        policy: Policy,
        as_of: datetime,
        now: datetime,
        summary: Summary,
        refuse: Refuse,
    ) -> None:
        self._engine = engine
        self._identity_key = identity_key
        self._policy = policy
        self._as_of = as_of
        self._now = now
        self._summary = summary
        self._refuse = refuse

    async def apply(self, batch: Sequence[Imported]) -> None:
        """Write customers. One that somebody else has changed meanwhile is read again."""
        waiting = {customer_id(self._identity_key, imported.email): imported for imported in batch}
        for _ in range(MOST_ATTEMPTS):
            if not waiting:
                return
            try:
                done = await self._write(waiting)
            except IntegrityError:
                continue
            except DataError:
                await self._apart(list(waiting.values()))
                return
            waiting = {customer: imported for customer, imported in waiting.items() if customer not in done}
        if waiting:
            raise Busy

    async def _apart(self, batch: Sequence[Imported]) -> None:
        """Find the one whose values PostgreSQL does not take, and write the others."""
        if len(batch) == 1:
            self._refuse({line for told in batch[0].told for line in told.lines}, "PostgreSQL refuses the values")
            return
        middle = len(batch) // 2
        await self.apply(batch[:middle])
        await self.apply(batch[middle:])

    async def _write(self, waiting: dict[str, Imported]) -> set[str]:
        ids = [told.event.event_id for imported in waiting.values() for told in imported.told]
        stored, owners = await read_customers(self._engine, list(waiting), ids)
        claimed = dict(owners)
        for customer, imported in waiting.items():
            for told in imported.told:
                claimed.setdefault(told.event.event_id, customer)
        prepared = [
            self._prepared(imported, stored[customer], owners.keys(), claimed) for customer, imported in waiting.items()
        ]
        writes = [_written(one, one.past) for one in prepared if one.past is not None]
        written = await write_customers(self._engine, writes, self._now) if writes else set()
        done = [one for one in prepared if one.past is None or one.stored.customer_id in written]
        for one in done:
            self._count(one)
        return {one.stored.customer_id for one in done}

    def _prepared(
        self, imported: Imported, stored: StoredCustomer, known: Set[str], owners: Mapping[str, str | None]
    ) -> _Prepared:
        reasons = [self._refusal(told, stored, owners) for told in imported.told]
        taken = [told for told, reason in zip(imported.told, reasons, strict=True) if reason is None]
        fresh = {told.event.event_id: told for told in taken if told.event.event_id not in known}
        useful = {line for told in taken for line in told.lines}
        refused = {
            line: reason
            for told, reason in zip(imported.told, reasons, strict=True)
            if reason is not None
            for line in told.lines
            if line not in useful
        }
        past: Past | None = None
        if fresh:
            events = [told.event for told in fresh.values()]
            before = Known(tuple(read_ledger(body) for body in stored.applied), stored.updated_at)
            past = past_of(stored.customer_id, imported.email, before, events, self._as_of, self._policy)
        return _Prepared(imported, stored, tuple(fresh.values()), refused, len(taken) - len(fresh), past)

    def _refusal(self, told: Told, stored: StoredCustomer, owners: Mapping[str, str | None]) -> str | None:
        if owners[told.event.event_id] != stored.customer_id:
            return "belongs to another customer already"
        occurred = told.event.occurred_at if told.dated else BEGINNING
        if stored.erased_at is not None and occurred <= stored.erased_at:
            return "the customer was erased since"
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
        count_events(self._summary, [told.event for told in one.fresh])


def count_events(summary: Summary, events: Iterable[AnyEvent]) -> None:
    """Count what is new."""
    for event in events:
        summary.orders += isinstance(event, OrderPaid)
        summary.refunds += isinstance(event, OrderRefunded)


def _written(one: _Prepared, past: Past) -> WrittenPast:
    events = [told.event for told in one.fresh]
    return WrittenPast(
        customer_id=one.stored.customer_id,
        email=one.imported.email,
        epoch=one.stored.epoch,
        revision=one.stored.revision,
        written_at=past.written_at,
        earliest=min(told.event.occurred_at if told.dated else BEGINNING for told in one.fresh),
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
        transitions=past.steps,
        names=sorted({name for event in events for name in of_event(event)}),
    )
