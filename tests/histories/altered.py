"""The customer's workflow with its commands in another order, as a careless change would have it."""

from temporalio import workflow

from retention_client.customer_workflow import CUSTOMER_WORKFLOW
from workflows.customer import CustomerInput, CustomerWorkflow


@workflow.defn(name=CUSTOMER_WORKFLOW)
class ShowsAfterDelivery(CustomerWorkflow):
    """Upserts search attributes when everything is delivered, and not before."""

    @workflow.init
    def __init__(self, given: CustomerInput) -> None:
        super().__init__(given)

    @workflow.run
    async def run(self, given: CustomerInput) -> None:
        """Live as ever."""
        await super().run(given)

    def _update_display(self) -> None:
        if not self._deliveries.in_progress:
            super()._update_display()
