"""Waits for the result of a workflow that an operator started, if a worker picks it up."""

import asyncio
from typing import Any, TypeVar

from temporalio.client import WorkflowHandle

from operations.access.errors import Unavailable

PICKUP_SECONDS = 15
"""How long a worker may take to begin."""

UNTOUCHED_EVENTS = 2
"""The length of a history that no worker has touched: started, and its first task scheduled."""

Result = TypeVar("Result")


class NoWorker(Unavailable):
    """No worker has picked the workflow up."""


async def wait_for_result(
    handle: WorkflowHandle[Any, Result], reason: str, *, pickup_seconds: float = PICKUP_SECONDS
) -> Result:
    """Return a workflow's result, however long it takes, once a worker has begun.

    Raises `NoWorker` with `reason` if no worker has begun within `pickup_seconds`. The workflow then remains open: a
    worker that starts later runs it.
    """
    result = asyncio.create_task(handle.result())
    done, _ = await asyncio.wait([result], timeout=pickup_seconds)
    if not done and (await handle.describe()).history_length <= UNTOUCHED_EVENTS:
        result.cancel()
        raise NoWorker(reason)
    return await result
