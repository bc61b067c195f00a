"""What happens to the servers, the workers and the customers' workflows."""

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from localstack.stack.stack import Stack

WEIGHTS = {"worker killed -9": 16, "PostgreSQL killed -9": 3, "customer terminated": 3, "Temporal restarted": 1}


class Faults:
    """Ends parts of a stack and starts them again, terminates customers, and counts how often."""

    def __init__(
        self,
        stack: Stack,
        customers: Sequence[WorkflowHandle[Any, Any]],
        random: Random,
        weights: Mapping[str, int] = WEIGHTS,
    ) -> None:
        self._stack = stack
        self._customers = customers
        self._random = random
        self._weights = weights
        self.counts = dict.fromkeys(weights, 0)

    def plan(self, rounds: int) -> list[str]:
        """What shall happen in so many rounds, in any order: as the weights say, and each kind once at least."""
        kinds = list(self._weights)
        others = self._random.choices(kinds, weights=list(self._weights.values()), k=max(0, rounds - len(kinds)))
        planned = [*kinds, *others][:rounds]
        self._random.shuffle(planned)
        return planned

    async def strike(self, kind: str) -> None:
        """One fault."""
        await asyncio.sleep(self._random.uniform(0.05, 0.4))
        self.counts[kind] += 1
        if kind == "worker killed -9":
            self._random.choice([worker for worker in self._stack.workers if worker.running]).kill()
            await self._stack.start_worker()
        elif kind == "gateway killed -9":
            assert self._stack.gateway is not None
            self._stack.gateway.kill()
            await asyncio.sleep(self._random.uniform(0, 1))
            await self._stack.start_gateway()
        elif kind == "PostgreSQL killed -9":
            assert self._stack.postgres is not None
            self._stack.postgres.kill()
            await asyncio.sleep(self._random.uniform(0, 1))
            self._stack.postgres.start()  # on this thread: the server ends with the thread that started it
        elif kind == "customer terminated":
            await _terminate(self._random.choice(self._customers))
        else:
            # Its file database promises nothing to a crash, so it gets a signal to stop.
            assert self._stack.temporal is not None
            await self._stack.temporal.stop()
            await asyncio.sleep(self._random.uniform(0, 1))
            await self._stack.temporal.start()


async def _terminate(customer: WorkflowHandle[Any, Any]) -> None:
    """As an operator does in an emergency; one who has not bought yet has no workflow."""
    try:
        await customer.terminate()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
