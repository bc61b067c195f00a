"""ExportCustomer: write everything stored about a customer to a file."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.privacy import CustomerExport, Export
    from activities.privacy.messages import ExportAt
    from workflows.names import EXPORT_CUSTOMER

ATTEMPT = timedelta(minutes=5)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@workflow.defn(name=EXPORT_CUSTOMER)
class ExportCustomer:
    """Writes one file. Its contents are not in this workflow's history."""

    @workflow.run
    async def run(self, request: Export) -> str:
        """Return the path of the file, on the machine of the worker that wrote it."""
        workflow.logger.info("exporting customer %s for %s", request.customer_id, request.requested_by)
        return await workflow.execute_activity_method(
            CustomerExport.write,
            ExportAt(request.customer_id, workflow.now()),
            start_to_close_timeout=ATTEMPT,
            retry_policy=RETRY,
        )
