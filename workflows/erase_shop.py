"""EraseShop: erase every customer whom one shop system reported, and the events of unknown customers."""

import asyncio
from dataclasses import replace

from temporalio import workflow
from temporalio.exceptions import FailureError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.privacy import Erase, EraseWholeShop, ShopErasure
    from activities.privacy.messages import erasure_id
    from workflows.erase_customer import RETRY, STEP, EraseCustomer
    from workflows.names import ERASE_SHOP


@workflow.defn(name=ERASE_SHOP)
class EraseShop:
    """Pages through the customers by id, and erases the customers of a page concurrently."""

    @workflow.run
    async def run(self, request: EraseWholeShop) -> int:
        """Run to the end, continuing as new when needed. Returns the number of discarded event bodies."""
        while page := await self._page(request):
            await asyncio.gather(*(self._erase(customer_id, request) for customer_id in page))
            request = replace(request, after=page[-1])
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(request)
        return await workflow.execute_activity_method(
            ShopErasure.discard_bodies, request, start_to_close_timeout=STEP, retry_policy=RETRY
        )

    async def _page(self, request: EraseWholeShop) -> list[str]:
        return await workflow.execute_activity_method(
            ShopErasure.find_customers, request, start_to_close_timeout=STEP, retry_policy=RETRY
        )

    async def _erase(self, customer_id: str, request: EraseWholeShop) -> None:
        try:
            await workflow.execute_child_workflow(
                EraseCustomer.run,
                Erase(customer_id, request.requested_by, workflow.now()),
                id=erasure_id(customer_id),
                parent_close_policy=ParentClosePolicy.ABANDON,
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("customer %s is already being erased", customer_id)
        except FailureError:
            # An operator ended it by hand. The other customers must not wait for it.
            workflow.logger.warning("the erasure of customer %s was ended by an operator", customer_id)
