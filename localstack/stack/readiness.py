"""Whether a started program is ready."""

from datetime import timedelta

import httpx2
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

ANSWER_SECONDS = 10


async def is_polling(client: Client, task_queue: str, pid: int) -> bool:
    """Whether the worker with this process id polls the task queue."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    answer = await client.workflow_service.describe_task_queue(request, timeout=timedelta(seconds=ANSWER_SECONDS))
    # Temporal's default identity begins with the process id.
    return any(poller.identity.startswith(f"{pid}@") for poller in answer.pollers)


async def is_ready(gateway_url: str) -> bool:
    """Whether the gateway can accept events."""
    # A proxy in the environment is meant for other hosts.
    async with httpx2.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as http:
        try:
            return (await http.get(f"{gateway_url}/readyz")).is_success
        except httpx2.TransportError:  # it does not listen yet
            return False
