"""One customer's clock: Temporal's, which can be moved forward for a single workflow."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from operations.access.errors import NotAllowed
from operations.customers.find import CustomerRef, query_workflow

REPORT_SECONDS = 1
NOT_SUPPORTED = (RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.INVALID_ARGUMENT)

Report = Callable[[datetime, datetime], None]


class CustomerClock:
    """The time as a customer's workflow sees it.

    The server skips from timer to timer, only while the workflow is idle, so everything that falls due happens as it
    would in real time. It takes about a second per timer.
    """

    def __init__(self, client: Client, workflow_id: str) -> None:
        self._skipper = TimeSkipper(client)
        # Without a run id: the clock continues through continue-as-new.
        self._customer: WorkflowHandle[Any, Any] = client.get_workflow_handle(workflow_id)

    async def now(self) -> datetime:
        """The customer's time, UTC."""
        return await self._skipper.get_current_time(self._customer)

    async def forward(self, until: datetime) -> None:
        """Let time pass until `until`; return immediately if it is past."""
        # In steps, because the server stops silently after a number of skips.
        while (left := until - await self.now()).total_seconds() > 0:
            await self._skipper.fast_forward(self._customer, left)


async def fast_forward(client: Client, customer: CustomerRef, duration: timedelta, report: Report) -> datetime:
    """Let `duration` pass for one customer and return the time that the customer has reached.

    `report` is called about once a second with the customer's time and the target. Raises `NotAllowed` if no workflow
    answers for the customer, and on a server that cannot skip time.
    """
    answer = await query_workflow(client, customer)
    if answer.problem:
        raise NotAllowed(f"this customer's clock cannot move: {answer.problem}")
    clock = CustomerClock(client, customer.workflow_id)
    target = await clock.now() + duration
    moving = asyncio.create_task(clock.forward(target))
    while not (await asyncio.wait([moving], timeout=REPORT_SECONDS))[0]:
        report(await clock.now(), target)
    try:
        await moving
    except RPCError as error:
        if error.status in NOT_SUPPORTED:
            raise NotAllowed(
                "this Temporal server cannot skip time: only the server of `retention dev` can fast-forward a customer"
            ) from error
        raise
    return await clock.now()
