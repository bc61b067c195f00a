"""Starts the workflows of imported customers, or signals them to reload the ledger, a limited number at a time."""

import asyncio
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.service import RPCError, RPCStatusCode

from db.customers.imports import Waiting, not_taken_up
from intake.signals.customer_workflows import RunningCustomers
from workflows.names import RELOAD_SIGNAL

PAGE = 500
CONCURRENT_STARTS = 20
MOST_ATTEMPTS = 7
FIRST_PAUSE_SECONDS = 0.5
TRANSIENT = frozenset(
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
    """Start or reload every workflow that does not know its customer's import yet, and return their number.

    This includes customers of an import that was killed, and excludes stopped customers. Raises `RPCError` when
    Temporal does not answer for a minute.
    """
    started, after = 0, ""
    slots = asyncio.Semaphore(CONCURRENT_STARTS)

    async def start(customer: Waiting) -> None:
        async with slots:
            await _start(workflows, customer)
        done()

    while found := await not_taken_up(engine, after=after, size=PAGE):
        try:
            async with asyncio.TaskGroup() as group:
                for customer in found:
                    group.create_task(start(customer))
        except ExceptionGroup as errors:
            # One reason is enough, even if many could not be started.
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
            # A run that accepts no more signals needs none: its next write is a conflict, so it reloads.
            if error.status is RPCStatusCode.INVALID_ARGUMENT and customer.reload:
                return
            if error.status not in TRANSIENT or attempt + 1 == MOST_ATTEMPTS:
                raise
        await asyncio.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
