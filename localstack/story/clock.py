"""One customer's clock: the server's own, which can be moved forward for one workflow alone."""

from datetime import datetime
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper


class CustomerClock:
    """The time as a customer's workflow sees it.

    The server skips from timer to timer, and only while nothing is under way; so whatever falls due on the way
    happens as it would have in months. It takes about a second per timer.
    """

    def __init__(self, client: Client, workflow_id: str) -> None:
        self._skipper = TimeSkipper(client)
        # Without a run's id: the clock goes on through continue-as-new.
        self._customer: WorkflowHandle[Any, Any] = client.get_workflow_handle(workflow_id)

    async def now(self) -> datetime:
        """The customer's time, UTC."""
        return await self._skipper.get_current_time(self._customer)

    async def forward(self, until: datetime) -> None:
        """Let time pass until `until`; returns at once when that is past."""
        # In steps, because the server stops, without a word, after a number of skips.
        while (left := until - await self.now()).total_seconds() > 0:
            await self._skipper.fast_forward(self._customer, left)
