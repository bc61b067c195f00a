"""EraseCustomer: forget a customer for good, and prove it."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.privacy import CustomerErasure, Erase
    from activities.privacy.messages import Erasing
    from workflows.names import ERASE_CUSTOMER

UNDER_WAY = timedelta(seconds=30)
"""Longer than any statement may take, 15 seconds: what was being written when the tombstone was has been by then."""

STEP = timedelta(minutes=1)
DELETING = timedelta(minutes=10)
"""The server takes half a minute for a run that closed just before. The next attempt asks it once more."""
HEARTBEAT = timedelta(minutes=1)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@workflow.defn(name=ERASE_CUSTOMER)
class EraseCustomer:
    """Tombstone, histories and rows; the same once more; and again until nothing is left.

    The receipt lies in the table `erasures`. No address is in this workflow's own history.
    """

    @workflow.init
    def __init__(self, request: Erase) -> None:  # noqa: ARG002 - the same as that of `run`
        self._progress = "writing the tombstone"

    @workflow.run
    async def run(self, request: Erase) -> None:
        """Run until it is proved that nothing is left, however long that takes."""
        erasing = await workflow.execute_activity_method(
            CustomerErasure.write_tombstone, request, start_to_close_timeout=STEP, retry_policy=RETRY
        )
        if erasing is None:
            return
        proved = False
        while not proved:
            await self._delete(erasing)
            self._progress = "waiting for whatever was under way"
            await workflow.sleep(UNDER_WAY, summary=self._progress)
            await self._delete(erasing)
            self._progress = "looking for what is left"
            proved = await workflow.execute_activity_method(
                CustomerErasure.prove, erasing, start_to_close_timeout=STEP, retry_policy=RETRY
            )
            if not proved and workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(request)
        self._progress = "done"

    @workflow.query(description="What it is doing")
    def progress(self) -> str:
        """The step at hand, in words."""
        return self._progress

    async def _delete(self, erasing: Erasing) -> None:
        self._progress = "deleting histories and rows"
        await workflow.execute_activity_method(
            CustomerErasure.delete_runs,
            erasing,
            start_to_close_timeout=DELETING,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RETRY,
        )
        await workflow.execute_activity_method(
            CustomerErasure.delete_rows, erasing, start_to_close_timeout=STEP, retry_policy=RETRY
        )
