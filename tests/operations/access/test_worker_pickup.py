"""Waiting for a workflow that no worker picks up."""

from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from operations.access.worker_pickup import NoWorker, wait_for_result


async def test_without_a_worker_it_raises_and_leaves_the_workflow_open(temporal: Client) -> None:
    name = f"unserved-{uuid4().hex}"
    handle = await temporal.start_workflow("Unserved", id=name, task_queue=name)
    with pytest.raises(NoWorker, match="start one"):
        await wait_for_result(handle, "start one", pickup_seconds=0.5)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await handle.terminate()
