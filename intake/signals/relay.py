"""The relay: signals what is left in the inbox, after a crash or an outage of Temporal, until it is applied."""

import asyncio
import time
from collections import defaultdict
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox import relay
from db.inbox.arrivals import PendingEvent
from intake.signals.dispatcher import AT_ONCE, OF_EACH, mark
from intake.signals.housekeeping import Housekeeping
from intake.signals.signalling import Signalling, SignalResult

CUSTOMERS = 100
"""Customers of one round."""

LEASE = timedelta(minutes=1)
"""How long a relay has its customers to itself. Those of a relay that died wait as long.

So does a row that another relay's claim held locked when it should have been marked; its workflow knows it then.
"""

TURNS_BEGIN_WITHIN = LEASE / 2
"""A customer whose turn did not come by then keeps waiting: a lease should not end while events are signalled."""

IDLE_SECONDS = 1.0
LONGEST_IDLE_SECONDS = 10.0


class Relay:
    """Drains the inbox. Any number of relays may run: each customer belongs to one at a time."""

    def __init__(self, engine: AsyncEngine, signalling: Signalling, housekeeping: Housekeeping) -> None:
        self._engine = engine
        self._signalling = signalling
        self._housekeeping = housekeeping
        self._log = structlog.get_logger("relay")

    async def run(self) -> None:
        """Work until cancelled, with back-off while PostgreSQL does not answer."""
        pause = IDLE_SECONDS
        while True:
            try:
                await self._housekeeping.do_what_is_due(time.monotonic())
                if await self.round():
                    continue
                pause = IDLE_SECONDS
            except SQLAlchemyError as error:
                self._log.warning("PostgreSQL does not answer", error=type(error).__name__)
                pause = min(2 * pause, LONGEST_IDLE_SECONDS)
            except Exception:
                # Whatever it is, other customers' events must not wait for an operator to restart the process.
                self._log.exception("a round failed")
                pause = min(2 * pause, LONGEST_IDLE_SECONDS)
            await asyncio.sleep(pause)

    async def round(self) -> int:
        """Signal the customers whose turn it is, and return the number of events."""
        events = await relay.claim(self._engine, customers=CUSTOMERS, of_each=OF_EACH, lease=LEASE)
        if not events:
            return 0
        of_customer: dict[str | None, list[PendingEvent]] = defaultdict(list)
        for event in events:
            of_customer[event.customer_id].append(event)
        places = asyncio.Semaphore(AT_ONCE)
        late = time.monotonic() + TURNS_BEGIN_WITHIN.total_seconds()

        async def signal(waiting: list[PendingEvent]) -> SignalResult:
            async with places:
                return await self._signalling.signal_all(waiting) if time.monotonic() < late else SignalResult(())

        results = await asyncio.gather(*(signal(waiting) for waiting in of_customer.values()))
        await mark(self._engine, results)
        failed = sum(bool(result.problem) for result in results)
        self._log.info("inbox drained", events=len(events), customers=len(results), failed=failed)
        return len(events)
