"""The dispatcher: signals events right after they were accepted, while their sender gets its answer."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
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
"""Customers signalled at the same time."""

OF_EACH = 50
"""Events of one customer in a turn; more wait for the customer's next turn."""

MOST_HELD = 5_000
"""Events in memory. More are left to the relay, which finds them in PostgreSQL."""

DRAIN_SECONDS = 8.0

MARK_EVERY_SECONDS = 0.1
"""Marks of this interval go to PostgreSQL in one statement."""


@dataclass(frozen=True)
class DispatchLimits:
    """The limits of a dispatcher. `drain_seconds` bound how long leaving it takes."""

    customers_at_once: int = AT_ONCE
    events_of_each: int = OF_EACH
    events_held: int = MOST_HELD
    head_start: timedelta = HEAD_START
    drain_seconds: float = DRAIN_SECONDS


@dataclass(frozen=True)
class Held:
    """An event in memory, and until when it is this process's alone, by the monotonic clock."""

    event: PendingEvent
    until: float


class Dispatcher:
    """Signals events in the background, each customer's in their order. Use it as `async with`; leaving drains it.

    Nothing is lost with it: every event is in the inbox, and an event that is not marked in time is the relay's.
    """

    def __init__(self, engine: AsyncEngine, signalling: Signalling, limits: DispatchLimits | None = None) -> None:
        self._engine = engine
        self._signalling = signalling
        self._limits = limits or DispatchLimits()
        self._places = asyncio.Semaphore(self._limits.customers_at_once)
        self._held: dict[str | None, list[Held]] = {}
        self._count = 0
        self._tasks: dict[str | None, asyncio.Task[None]] = {}
        self._results: list[SignalResult] = []
        self._marking: asyncio.Task[None] | None = None
        self._leaving = False
        self._log = structlog.get_logger("dispatcher")

    @property
    def held(self) -> int:
        """How many events are in memory."""
        return self._count

    def offer(self, events: Iterable[PendingEvent]) -> None:
        """Take events over. When there are too many already, the rest is left to the relay."""
        until = time.monotonic() + self._limits.head_start.total_seconds()
        for event in events:
            if self._count >= self._limits.events_held:
                return
            self._count += 1
            self._held.setdefault(event.customer_id, []).append(Held(event, until))
            if event.customer_id not in self._tasks:
                self._tasks[event.customer_id] = asyncio.create_task(self._serve(event.customer_id))

    async def _serve(self, customer_id: str | None) -> None:
        try:
            while customer_id in self._held:
                async with self._places:
                    if events := self._turn(customer_id):
                        self._results.append(await self._signalling.signal_all(events))
        finally:
            del self._tasks[customer_id]

    def _turn(self, customer_id: str | None) -> list[PendingEvent]:
        """Take the customer's next events, without those that have waited longer than the head start."""
        held = self._held.pop(customer_id)
        most = self._limits.events_of_each
        turn, rest = held[:most], held[most:]
        if rest:
            self._held[customer_id] = rest
        self._count -= len(turn)
        return [one.event for one in turn if time.monotonic() < one.until]

    async def _mark(self) -> None:
        while not self._leaving:
            await asyncio.sleep(MARK_EVERY_SECONDS)
            await self._mark_results()

    async def _mark_results(self) -> None:
        if not self._results:
            return
        results, self._results = self._results, []
        try:
            await mark(self._engine, results)
        except SQLAlchemyError as error:
            # The relay signals these events once more, and their workflows know them.
            self._log.warning("signals not marked", error=type(error).__name__)

    async def __aenter__(self) -> Self:
        self._marking = asyncio.create_task(self._mark())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=self._limits.drain_seconds)
        unfinished = [*self._tasks.values()]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        self._leaving = True
        if self._marking:
            await self._marking
        await self._mark_results()


async def mark(engine: AsyncEngine, results: Iterable[SignalResult]) -> None:
    """Store what became of events that were to be signalled."""
    found = tuple(results)
    signalled = [event_id for result in found for event_id in result.signalled]
    superseded = [event_id for result in found for event_id in result.superseded]
    await inbox.mark_signalled(engine, signalled, superseded)
    if refused := [event_id for result in found for event_id in result.refused]:
        await inbox.mark_refused(engine, refused, "cannot be read by this release")
    for problem in dict.fromkeys(result.problem for result in found if result.problem):
        left = [event_id for result in found if result.problem == problem for event_id in result.left]
        await inbox.mark_failed(engine, left, problem)
