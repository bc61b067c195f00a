"""Workers that die one after another, each at its own moment, and are replaced at once."""

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.chaos.doomed_worker import Fatality, live
from tests.chaos.windows import Doom

LIFE_SECONDS = 90
"""Of one worker at most: a doom that does not come by then will not come at all, and the account misses a death."""

# A server that has imported everything forks a worker in a moment, where a new interpreter takes seconds.
CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.chaos.doomed_worker"])


class Crew:
    """So many workers at once, with the variables of `environment`; `directory` takes their log and last words."""

    def __init__(self, environment: Mapping[str, str], directory: Path, arrived: Path, workers: int) -> None:
        self.deaths = directory / "deaths"
        self._environment = environment
        self._log = directory / "doomed.log"
        self._arrived = arrived
        self._workers = workers
        self._alive: set[BaseProcess] = set()

    async def die(self, dooms: Sequence[Doom], died: Callable[[], None]) -> None:
        """Have a worker meet each doom, and call `died` for each. Raises RuntimeError when one ends in another way."""
        waiting = list(reversed(dooms))

        async def place() -> None:
            while waiting:
                await self._until_dead(self._start(waiting.pop()))
                died()

        async with asyncio.TaskGroup() as places:
            for _ in range(self._workers):
                places.create_task(place())

    def carry_on(self) -> None:
        """Have workers without a doom do what is left."""
        for _ in range(self._workers):
            self._start(None)

    def dismiss(self) -> None:
        """End those that are alive."""
        for process in self._alive:
            process.kill()
            process.join()
        self._alive.clear()

    def _start(self, doom: Doom | None) -> BaseProcess:
        fatality = Fatality(doom, self._arrived, self.deaths)
        process = CONTEXT.Process(target=live, args=(self._environment, self._log, fatality), daemon=True)
        process.start()
        self._alive.add(process)
        return process

    async def _until_dead(self, process: BaseProcess) -> None:
        await asyncio.to_thread(process.join, LIFE_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
        if process.exitcode != -signal.SIGKILL:
            end = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
            raise RuntimeError(f"a doomed worker ended by itself ({process.exitcode}): {end}")
        self._alive.discard(process)
