"""What happens to the servers."""

import asyncio
from random import Random

from starter.stack.stack import Stack


class Faults:
    """Ends parts of a stack and starts them again, and counts how often."""

    def __init__(self, stack: Stack, random: Random) -> None:
        self._stack = stack
        self._random = random
        self.counts = {"worker killed -9": 0, "PostgreSQL killed -9": 0, "Temporal restarted": 0}

    async def strike(self) -> None:
        """One fault: mostly a worker, now and then a server."""
        await asyncio.sleep(self._random.uniform(0.05, 0.4))
        kind = self._random.choices(list(self.counts), weights=(16, 3, 1))[0]
        self.counts[kind] += 1
        if kind == "worker killed -9":
            self._random.choice([worker for worker in self._stack.workers if worker.running]).kill()
            await self._stack.start_worker()
        elif kind == "PostgreSQL killed -9":
            assert self._stack.postgres is not None
            self._stack.postgres.kill()
            await asyncio.sleep(self._random.uniform(0, 1))
            self._stack.postgres.start()  # on this thread: the server ends with the thread that started it
        else:
            # Its file database promises nothing to a crash, so it is told to stop.
            assert self._stack.temporal is not None
            await self._stack.temporal.stop()
            await asyncio.sleep(self._random.uniform(0, 1))
            await self._stack.temporal.start()
