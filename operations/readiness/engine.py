"""Temporal: whether it answers, and whether a worker takes what it hands out."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError

from operations.readiness.finding import Finding, green, red
from settings import Settings
from workflows.connection import connect

PATIENCE_SECONDS = 4
POLLED_WITHIN = timedelta(minutes=2)
"""A worker asks anew every minute; one that is gone stays listed for longer."""


@dataclass(frozen=True)
class Polled:
    """When somebody last asked for work, of those whom Temporal remembers."""

    at: tuple[datetime, ...]


async def look_at_temporal(settings: Settings) -> Polled | Finding:
    """Who asks for work on our task queue, or why nobody knows."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            client = await connect(settings.payload_keys_by_id())
            answer = await client.workflow_service.describe_task_queue(
                DescribeTaskQueueRequest(
                    namespace=client.namespace,
                    task_queue=TaskQueue(name=settings.task_queue),
                    task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
                )
            )
    except RPCError as error:
        return red(
            "Temporal", f"refuses us ({error.status.name})", "check TEMPORAL_NAMESPACE and the key or certificate"
        )
    except (RuntimeError, OSError, ValueError) as error:
        return red("Temporal", f"does not answer ({type(error).__name__})", "check TEMPORAL_ADDRESS")
    return Polled(tuple(poller.last_access_time.ToDatetime(UTC) for poller in answer.pollers))


def check_engine(found: Polled | Finding, settings: Settings, now: datetime) -> list[Finding]:
    """The server, and its worker."""
    if isinstance(found, Finding):
        return [found]
    return [green("Temporal", "answers"), _worker(found.at, settings.task_queue, now)]


def _worker(polled: Iterable[datetime], task_queue: str, now: datetime) -> Finding:
    if any(now - at <= POLLED_WITHIN for at in polled):
        return green("worker", f"polls the task queue {task_queue}")
    return red("worker", f"none polls the task queue {task_queue}", "start `retention worker`")
