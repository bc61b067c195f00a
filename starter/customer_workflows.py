"""Starting and finding the customers' workflows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy

from lifecycle.identity import WORKFLOW_PREFIX, workflow_id
from lifecycle.states import State
from workflows.customer import CustomerInput
from workflows.names import CUSTOMER_STATE, CUSTOMER_WORKFLOW, LIFETIME_SPEND, ORDER_COUNT

SIGNAL_SECONDS = timedelta(seconds=10)
"""How long Temporal has to take a signal."""

_NEW = TypedSearchAttributes(
    [
        SearchAttributePair(CUSTOMER_STATE, State.VISITOR.value),
        SearchAttributePair(LIFETIME_SPEND, 0.0),
        SearchAttributePair(ORDER_COUNT, 0),
    ]
)


class RunningCustomers:
    """The customers' workflows on one Temporal namespace and task queue."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def start(self, customer: str, email: str, signal: str | None = None, argument: Any = None) -> None:
        """Start a customer's workflow unless it runs, and signal it."""
        await self._client.start_workflow(
            CUSTOMER_WORKFLOW,
            CustomerInput(customer, email),
            id=workflow_id(customer),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            memo={"customer_email": email},
            search_attributes=_NEW,
            start_signal=signal,
            start_signal_args=[argument] if signal else [],
            rpc_timeout=SIGNAL_SECONDS,
        )

    async def running(self, customers: Sequence[str]) -> set[str]:
        """Those of the customers whose workflow runs, as the server's visibility store tells it."""
        ids = ", ".join(f"'{workflow_id(customer)}'" for customer in customers)
        query = f"WorkflowId IN ({ids}) AND ExecutionStatus = 'Running'"
        found = self._client.list_workflows(query, page_size=len(customers))
        return {execution.id.removeprefix(WORKFLOW_PREFIX) async for execution in found}
