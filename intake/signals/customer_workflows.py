"""Starting and finding the customers' workflows."""

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

    async def start(self, customer: str, email: str, signal: str | None = None, argument: Any = None) -> None:
        """Start a customer's workflow unless it runs, and signal it."""
        await signal_with_start(self._client, self._task_queue, customer, email, signal, argument)

    async def running(self, customers: Sequence[str]) -> set[str]:
        """Those of the customers whose workflow runs, as the server's visibility store tells it."""
        ids = ", ".join(f"'{workflow_id(customer)}'" for customer in customers)
        query = f"WorkflowId IN ({ids}) AND ExecutionStatus = 'Running'"
        found = self._client.list_workflows(query, page_size=len(customers))
        return {execution.id.removeprefix(WORKFLOW_PREFIX) async for execution in found}
