"""The runs of a customer's workflow in Temporal: finding all of them, and deleting them with their histories."""

from collections.abc import AsyncIterator

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from retention_client.identity import workflow_id


class CustomerRuns:
    """The customers' workflows of one Temporal namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def find(self, customer_id: str) -> frozenset[str]:
        """The ids of all runs: those that the server lists, and the chain of continued runs back from the latest.

        The list lags behind, and the chain ends at a run that was terminated.
        """
        listed = {run.run_id async for run in self._client.list_workflows(f"WorkflowId = '{workflow_id(customer_id)}'")}
        return frozenset(listed | {run async for run in self._chain(customer_id)})

    async def delete(self, customer_id: str, run_id: str) -> None:
        """Delete a run; an open run is terminated first. The server deletes asynchronously."""
        run = WorkflowExecution(workflow_id=workflow_id(customer_id), run_id=run_id)
        request = DeleteWorkflowExecutionRequest(namespace=self._client.namespace, workflow_execution=run)
        try:
            await self._client.workflow_service.delete_workflow_execution(request, retry=True)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def _chain(self, customer_id: str) -> AsyncIterator[str]:
        workflow = workflow_id(customer_id)
        try:
            run_id = (await self._client.get_workflow_handle(workflow).describe()).run_id
            while run_id:
                yield run_id
                events = self._client.get_workflow_handle(workflow, run_id=run_id).fetch_history_events(page_size=1)
                run_id = (await anext(events)).workflow_execution_started_event_attributes.continued_execution_run_id
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
