"""The dispatcher: signals what was just taken in, beside the answer to whoever told it."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox import arrivals as inbox
from db.inbox.arrivals import PendingEvent
from intake.door.door import HEAD_START
from intake.signals.signalling import Signalling, SignalResult

AT_ONCE = 20
"""Customers signalled at a time."""

OF_EACH = 50
"""Events of one customer in a turn: who has more waits for the next, as everybody does."""

MOST_HELD = 5_000
"""Events in memory; more are left to the relay, which has them in PostgreSQL."""

DRAIN_SECONDS = 8

MARK_EVERY_SECONDS = 0.1
"""Marks of so long go to PostgreSQL together."""


@dataclass(frozen=True)
class Held:
    """An event in memory, and how long it is ours alone, by the clock that only goes forward."""

    event: PendingEvent
    until: float


class Dispatcher:
    """Signals events in the background, one customer's in their order. `async with` it; leaving finishes what it can.

    Nothing is lost with it: each event stands in the inbox, and what is not marked in time is the relay's.
    """

    def __init__(self, engine: AsyncEngine, signalling: Signalling) -> None:
        self._engine = engine
        self._signalling = signalling
        self._places = asyncio.Semaphore(AT_ONCE)
        self._held: dict[str | None, list[Held]] = {}
        self._count = 0
        self._tasks: dict[str | None, asyncio.Task[None]] = {}
        self._told: list[SignalResult] = []
        self._marking: asyncio.Task[None] | None = None
        self._leaving = False
        self._log = structlog.get_logger("dispatcher")

    def offer(self, events: Iterable[PendingEvent]) -> None:
        """Take events over; when there are too many already they are left to the relay."""
        until = time.monotonic() + HEAD_START.total_seconds()
        for event in events:
            if self._count >= MOST_HELD:
                return
            self._count += 1
            self._held.setdefault(event.customer_id, []).append(Held(event, until))
            if event.customer_id not in self._tasks:
                self._tasks[event.customer_id] = asyncio.create_task(self._serve(event.customer_id))

    async def _serve(self, customer: str | None) -> None:
        try:
            while customer in self._held:
                async with self._places:
                    if events := self._turn(customer):
                        self._told.append(await self._signalling.tell(events))
        finally:
            del self._tasks[customer]

    def _turn(self, customer: str | None) -> list[PendingEvent]:
        """What the customer is to be told now; what has waited longer than the head start is the relay's."""
        held = self._held.pop(customer)
        turn, rest = held[:OF_EACH], held[OF_EACH:]
        if rest:
            self._held[customer] = rest
        self._count -= len(turn)
        return [one.event for one in turn if time.monotonic() < one.until]

    async def _mark(self) -> None:
        while not self._leaving:
            await asyncio.sleep(MARK_EVERY_SECONDS)
            await self._mark_told()

    async def _mark_told(self) -> None:
        if not self._told:
            return
        told, self._told = self._told, []
        try:
            await mark(self._engine, told)
        except SQLAlchemyError as error:
            # The relay signals them once more, and the workflows know them.
            self._log.warning("signals not marked", error=type(error).__name__)

    async def __aenter__(self) -> Self:
        self._marking = asyncio.create_task(self._mark())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=DRAIN_SECONDS)
        unfinished = [*self._tasks.values()]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        self._leaving = True
        if self._marking:
            await self._marking
        await self._mark_told()


async def mark(engine: AsyncEngine, told: Iterable[SignalResult]) -> None:
    """Keep what became of events that were to be signalled."""
    found = tuple(told)
    signalled = [event_id for one in found for event_id in one.signalled]
    superseded = [event_id for one in found for event_id in one.superseded]
    await inbox.mark_signalled(engine, signalled, superseded)
    if refused := [event_id for one in found for event_id in one.refused]:
        await inbox.mark_refused(engine, refused, "cannot be read by this release")
    for trouble in dict.fromkeys(one.trouble for one in found if one.trouble):
        left = [event_id for one in found if one.trouble == trouble for event_id in one.left]
        await inbox.mark_failed(engine, left, trouble)
