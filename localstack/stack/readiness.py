"""Whether a started program is ready."""

import httpx2
from temporalio.client import Client

from operations.access.temporal import list_pollers

ANSWER_SECONDS = 10


async def is_polling(client: Client, task_queue: str, pid: int) -> bool:
    """Whether the worker with this process id polls the task queue."""
    # Temporal's default identity begins with the process id.
    return any(poller.identity.startswith(f"{pid}@") for poller in await list_pollers(client, task_queue))


async def is_ready(gateway_url: str) -> bool:
    """Whether the gateway can accept events."""
    # A proxy in the environment is meant for other hosts.
    async with httpx2.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as http:
        try:
            return (await http.get(f"{gateway_url}/readyz")).is_success
        except httpx2.TransportError:  # it does not listen yet
            return False
