"""Signals customers who are due, and starts missing workflows."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.service import RPCError, RPCStatusCode

from activities.churn.messages import CHECK_SIGNAL, CheckPage, CheckResult
from db.customers.churn import FoundCustomer, due_customers, living_customers
from lifecycle.policy import Policy

PAGE = 100
"""Customers read between two heartbeats."""

PAGES = 50
"""Pages of one activity."""

CONCURRENT_SIGNALS = 20
"""Signals sent concurrently."""


class CustomerWorkflows(Protocol):
    """The workflows of customers."""

    async def start(self, customer_id: str, email: str, signal: str | None = None, argument: Any = None) -> None:
        """Start a customer's workflow unless it runs, and signal it."""

    async def running(self, customer_ids: Sequence[str]) -> set[str]:
        """Those of the customers that have a running workflow."""


class ChurnCheck:
    """The daily check, a page at a time. An interrupted page resumes at its heartbeat."""

    def __init__(
        self,
        engine: AsyncEngine,
        policy: Policy,
        workflows: CustomerWorkflows,
        *,
        page_size: int = PAGE,
        pages: int = PAGES,
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._workflows = workflows
        self._page_size = page_size
        self._pages = pages

    @activity.defn(name="signal_due_customers")
    async def signal_due(self, page: CheckPage) -> CheckResult:
        """Signal customers whose last order is too long ago. No other customer is touched."""
        argument = {"as_of": page.as_of.isoformat()}

        async def find(after: str) -> list[FoundCustomer]:
            return await due_customers(self._engine, self._policy, page.as_of, after=after, size=self._page_size)

        async def signal(found: list[FoundCustomer]) -> int:
            return await self._start(found, CHECK_SIGNAL, argument, dry_run=page.dry_run)

        return await self._through_pages(page.after, find, signal)

    @activity.defn(name="restart_missing_customers")
    async def restart_missing(self, page: CheckPage) -> CheckResult:
        """Start the workflows of customers who have none. They continue from the ledger."""

        async def find(after: str) -> list[FoundCustomer]:
            return await living_customers(self._engine, after=after, size=self._page_size)

        async def restart(found: list[FoundCustomer]) -> int:
            running = await self._workflows.running([customer.customer_id for customer in found])
            missing = [customer for customer in found if customer.customer_id not in running]
            return await self._start(missing, None, None, dry_run=page.dry_run)

        return await self._through_pages(page.after, find, restart)

    async def _start(self, found: list[FoundCustomer], signal: str | None, argument: Any, *, dry_run: bool) -> int:
        """Start or signal customers; return how many were, or would be in a dry run."""
        if dry_run:
            return len(found)
        slots = asyncio.Semaphore(CONCURRENT_SIGNALS)

        async def start(customer: FoundCustomer) -> bool:
            async with slots:
                try:
                    await self._workflows.start(customer.customer_id, customer.customer_email, signal, argument)
                except RPCError as error:
                    if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                        raise
                    # Temporal accepts no more signals for a run that is stuck. The next customers must not wait for it.
                    activity.logger.warning("customer %s accepts no signal: %s", customer.customer_id, error.message)
                    return False
            return True

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(start(customer)) for customer in found]
        return sum(task.result() for task in tasks)

    async def _through_pages(
        self,
        after: str,
        find: Callable[[str], Awaitable[list[FoundCustomer]]],
        act: Callable[[list[FoundCustomer]], Awaitable[int]],
    ) -> CheckResult:
        """Process pages from `after` on, or from the heartbeat of an earlier attempt."""
        last, total = activity.info().heartbeat_details or (after, 0)
        for _ in range(self._pages):
            found = await find(last)
            if not found:
                return CheckResult(total, None)
            total += await act(found)
            last = found[-1].customer_id
            activity.heartbeat(last, total)
        return CheckResult(total, last)
