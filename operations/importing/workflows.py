"""The workflows of imported customers: started, or told to load the ledger anew, a bounded number at a time."""

import asyncio
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.service import RPCError, RPCStatusCode

from db.customers.imports import Waiting, not_taken_up
from intake.signals.customer_workflows import RunningCustomers
from workflows.names import RELOAD_SIGNAL

PAGE = 500
AT_ONCE = 20
MOST_ATTEMPTS = 7
FIRST_PAUSE_SECONDS = 0.5
PASSING = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.ABORTED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.UNKNOWN,
    }
)


async def start_workflows(engine: AsyncEngine, workflows: RunningCustomers, done: Callable[[], None]) -> int:
    """Have every workflow take up what was imported, also what an import that was killed left; returns how many.

    Whoever was stopped on purpose stays so. Raises `RPCError` when Temporal does not answer for a minute.
    """
    started, after = 0, ""
    places = asyncio.Semaphore(AT_ONCE)

    async def start(customer: Waiting) -> None:
        async with places:
            await _start(workflows, customer)
        done()

    while found := await not_taken_up(engine, after=after, size=PAGE):
        try:
            async with asyncio.TaskGroup() as group:
                for customer in found:
                    group.create_task(start(customer))
        except ExceptionGroup as errors:
            # Of many that could not be started one reason is enough.
            raise errors.exceptions[0] from errors
        started += len(found)
        after = found[-1].customer_id
    return started


async def _start(workflows: RunningCustomers, customer: Waiting) -> None:
    for attempt in range(MOST_ATTEMPTS):
        try:
            await workflows.start(
                customer.customer_id, customer.customer_email, RELOAD_SIGNAL if customer.reload else None
            )
            return
        except RPCError as error:
            # A run that takes no more signals finds out by itself: its next write is a conflict.
            if error.status is RPCStatusCode.INVALID_ARGUMENT and customer.reload:
                return
            if error.status not in PASSING or attempt + 1 == MOST_ATTEMPTS:
                raise
        await asyncio.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
