"""Deletes the workflow of an erased customer that a late signal started again."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from activities.privacy.messages import LATE_SIGNAL, Erase, erasure_id
from workflows.names import ERASE_CUSTOMER

RETRY_INTERVAL = timedelta(seconds=30)


class Erased(Exception):
    """The customer was erased: PostgreSQL has their tombstone."""


async def delete_own_history(customer_id: str) -> None:
    """Start an erasure that deletes this run's history too.

    An erasure that is already running may have listed histories before this run began. Wait for its end: either it
    finds and ends this run, or another erasure is started.
    """
    request = Erase(customer_id, LATE_SIGNAL, workflow.now())
    while True:
        try:
            await workflow.start_child_workflow(
                ERASE_CUSTOMER, request, id=erasure_id(customer_id), parent_close_policy=ParentClosePolicy.ABANDON
            )
        except WorkflowAlreadyStartedError:
            # A cancellation ends the wait only; the history has to be deleted in any case.
            with suppress(asyncio.CancelledError):
                await workflow.sleep(RETRY_INTERVAL, summary="another erasure is running")
        else:
            return
