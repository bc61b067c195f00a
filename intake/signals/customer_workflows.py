"""Starts, signals and finds the workflows of customers."""

from collections.abc import Sequence
from typing import Any

from temporalio.client import Client

from retention_client.customer_workflow import signal_with_start
from retention_client.identity import WORKFLOW_PREFIX, workflow_id


class RunningCustomers:
    """The customers' workflows on one Temporal namespace and task queue."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def start(self, customer_id: str, email: str, signal: str | None = None, argument: Any = None) -> None:
        """Start a customer's workflow unless it runs, and signal it."""
        await signal_with_start(self._client, self._task_queue, customer_id, email, signal, argument)

    async def running(self, customer_ids: Sequence[str]) -> set[str]:
        """Return the customers whose workflow runs, according to the server's visibility store."""
        ids = ", ".join(f"'{workflow_id(customer_id)}'" for customer_id in customer_ids)
        query = f"WorkflowId IN ({ids}) AND ExecutionStatus = 'Running'"
        found = self._client.list_workflows(query, page_size=len(customer_ids))
        return {execution.id.removeprefix(WORKFLOW_PREFIX) async for execution in found}
