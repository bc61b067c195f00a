"""Connects an operation to Temporal, and lists the workers that poll a task queue."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from operations.access.errors import TemporalUnavailable
from settings import Settings
from workflows.connection import connect

CONNECT_SECONDS = 10


async def connect_temporal(settings: Settings) -> Client:
    """Connect to Temporal and wait for its answer. Raises `TemporalUnavailable`."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await connect(settings.payload_keys_by_id())
    except (RuntimeError, TimeoutError) as error:
        raise TemporalUnavailable from error


async def list_pollers(client: Client, task_queue: str) -> Sequence[PollerInfo]:
    """Return the workers that poll a task queue for workflow tasks, and those that did recently."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    timeout = timedelta(seconds=CONNECT_SECONDS)
    return (await client.workflow_service.describe_task_queue(request, timeout=timeout)).pollers
