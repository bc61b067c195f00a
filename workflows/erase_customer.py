"""EraseCustomer: delete everything about a customer, and verify that nothing is left."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.privacy import CustomerErasure, Erase
    from activities.privacy.messages import Erasing
    from workflows.names import ERASE_CUSTOMER

DRAIN = timedelta(seconds=30)
"""Longer than any statement may take (15 s), so that writes from before the tombstone have ended."""

STEP = timedelta(minutes=1)
DELETING = timedelta(minutes=10)
"""The server needs half a minute for a run that has just closed. The next attempt deletes it again."""
HEARTBEAT = timedelta(minutes=1)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@workflow.defn(name=ERASE_CUSTOMER)
class EraseCustomer:
    """Writes the tombstone, deletes histories and rows, deletes again, and repeats until nothing is left.

    The receipt is in the table `erasures`. This workflow's own history contains no address.
    """

    @workflow.init
    def __init__(self, request: Erase) -> None:  # noqa: ARG002 - the same as that of `run`
        self._progress = "writing the tombstone"

    @workflow.run
    async def run(self, request: Erase) -> None:
        """Run until it is verified that nothing is left, however long that takes."""
        erasing = await workflow.execute_activity_method(
            CustomerErasure.write_tombstone, request, start_to_close_timeout=STEP, retry_policy=RETRY
        )
        if erasing is None:
            return
        proved = False
        while not proved:
            await self._delete(erasing)
            self._progress = "waiting for writes that were in progress"
            await workflow.sleep(DRAIN, summary=self._progress)
            await self._delete(erasing)
            self._progress = "verifying that nothing is left"
            proved = await workflow.execute_activity_method(
                CustomerErasure.prove, erasing, start_to_close_timeout=STEP, retry_policy=RETRY
            )
            if not proved and workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(request)
        self._progress = "done"

    @workflow.query(description="The current step")
    def progress(self) -> str:
        """The current step, as text."""
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
