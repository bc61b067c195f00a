"""Temporal: whether it answers, and whether a worker polls our task queue."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.service import RPCError

from operations.access.temporal import list_pollers
from operations.readiness.finding import Finding, green, red
from settings import Settings
from workflows.connection import connect

TIMEOUT_SECONDS = 4
POLLED_WITHIN = timedelta(minutes=2)
"""A worker polls every minute; one that has ended remains listed for longer."""


@dataclass(frozen=True)
class TaskQueuePolls:
    """When each worker that Temporal lists last polled."""

    at: tuple[datetime, ...]


async def read_task_queue(settings: Settings) -> TaskQueuePolls | Finding:
    """Read which workers poll our task queue, or return a finding that says why it cannot be read."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            pollers = await list_pollers(await connect(settings.payload_keys_by_id()), settings.task_queue)
    except RPCError as error:
        return red(
            "Temporal", f"rejects us ({error.status.name})", "check TEMPORAL_NAMESPACE and the key or certificate"
        )
    except (RuntimeError, OSError, ValueError) as error:
        return red("Temporal", f"does not answer ({type(error).__name__})", "check TEMPORAL_ADDRESS")
    return TaskQueuePolls(tuple(poller.last_access_time.ToDatetime(UTC) for poller in pollers))


def check_temporal(found: TaskQueuePolls | Finding, settings: Settings, now: datetime) -> list[Finding]:
    """The findings on the server and its workers."""
    if isinstance(found, Finding):
        return [found]
    return [green("Temporal", "answers"), _worker(found.at, settings.task_queue, now)]


def _worker(polled: Iterable[datetime], task_queue: str, now: datetime) -> Finding:
    if any(now - at <= POLLED_WITHIN for at in polled):
        return green("worker", f"polls the task queue {task_queue}")
    return red("worker", f"none polls the task queue {task_queue}", "start `retention worker`")
