"""The end of a customer who was erased, and whose workflow a late signal started once more."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from activities.privacy.messages import LATE_SIGNAL, Erase, erasure_id
from workflows.names import ERASE_CUSTOMER

A_WHILE = timedelta(seconds=30)


class Erased(Exception):
    """PostgreSQL has a tombstone of this customer."""


async def leave_no_trace(customer_id: str) -> None:
    """Have this very history deleted.

    An erasure that runs already may have looked for histories before this one began, so that its end is waited for:
    either it finds this run, which ends here and now then, or another erasure is started.
    """
    request = Erase(customer_id, LATE_SIGNAL, workflow.now())
    while True:
        try:
            await workflow.start_child_workflow(
                ERASE_CUSTOMER, request, id=erasure_id(customer_id), parent_close_policy=ParentClosePolicy.ABANDON
            )
        except WorkflowAlreadyStartedError:
            # A cancellation ends the wait only: the history has to go all the same.
            with suppress(asyncio.CancelledError):
                await workflow.sleep(A_WHILE, summary="an erasure is under way")
        else:
            return
