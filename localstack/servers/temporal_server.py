"""The real Temporal server with its UI, from the package index, as a child process."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType, SearchAttributeKey
from temporalio.service import RPCError

from localstack.servers.child_process import ChildProcess
from localstack.servers.ports import HOST
from workflows.names import SEARCH_ATTRIBUTES

NAMESPACE = "default"
START_SECONDS = 60


class TemporalServerError(Exception):
    """The server cannot run here; the message says why."""


class TemporalServer:
    """A development server on 127.0.0.1; `async with` starts it and waits until it answers.

    With `database` its workflows survive a restart. Time skipping is enabled, so a test or the demo may move one
    customer's clock.
    """

    def __init__(
        self,
        port: int,
        ui_port: int,
        log: Path,
        *,
        database: Path | None = None,
        binary: Path | None = None,
        extra_arguments: Sequence[str] = (),
    ) -> None:
        self.address = f"{HOST}:{port}"
        self.ui_url = f"http://{HOST}:{ui_port}"
        self._arguments = [
            *(binary or find_binary(), "server", "start-dev", "--ip", HOST, "--port", str(port)),
            *("--ui-port", str(ui_port), "--ui-disable-news-fetch", "--log-level", "warn"),
            *("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"),
            # A run that follows another within this interval waits before its first task, and skipped time is lost.
            *("--dynamic-config-value", 'history.workflowIdReuseMinimalInterval="0s"'),
            # A run that has just ended is deleted once these queues have caught up: by default within 30 seconds.
            *("--dynamic-config-value", 'history.visibilityProcessorUpdateAckInterval="1s"'),
            *("--dynamic-config-value", 'history.transferProcessorUpdateAckInterval="1s"'),
            *(part for key in SEARCH_ATTRIBUTES for part in ("--search-attribute", _with_type(key))),
            *(("--db-filename", database) if database else ()),
            *extra_arguments,
        ]
        self._log = log
        # Without a database there is nothing to flush, which takes a second.
        self._stop_signal = signal.SIGTERM if database else signal.SIGKILL
        self._process: ChildProcess | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.running else None

    async def start(self) -> None:
        """Start the server and wait until it answers. Raises TemporalServerError with the end of its log."""
        # The command also reads TEMPORAL_*, which may name another server.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
        self._process = ChildProcess(self._arguments, self._log, environment=environment, stop_signal=self._stop_signal)
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._answers():
                    if not self._process.running:
                        raise TemporalServerError(f"the Temporal server did not start: {self._process.log_tail()}")
                    await asyncio.sleep(0.1)
        except BaseException as error:
            await self.stop()
            if isinstance(error, TimeoutError):
                raise TemporalServerError(f"the Temporal server does not answer; see {self._log}") from None
            raise

    async def stop(self) -> None:
        """Stop the server. May be called twice."""
        if self._process:
            await asyncio.to_thread(self._process.stop)
            self._process = None

    async def kill(self) -> None:
        """Kill the server, as a crash would."""
        if self._process:
            await asyncio.to_thread(self._process.kill)
            self._process = None

    async def _answers(self) -> bool:
        try:
            client = await Client.connect(self.address)
            await client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=NAMESPACE), timeout=timedelta(seconds=5)
            )
        except (RuntimeError, RPCError):  # it does not listen yet, or the namespace does not exist yet
            return False
        return True

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()


def _with_type(key: SearchAttributeKey[Any]) -> str:
    """A search attribute in the form of the command line: `OrderCount=Int`."""
    return f"{key.name}={SearchAttributeIndexedValueType(key.indexed_value_type).name.title()}"


def find_binary() -> Path:
    """The `temporal` program beside this Python, else the one on the PATH.

    Raises TemporalServerError when there is none.
    """
    beside = Path(sys.executable).parent / "temporal"
    if beside.exists():
        return beside
    if on_path := shutil.which("temporal"):
        return Path(on_path)
    raise TemporalServerError(
        "no Temporal server for this platform: set TEMPORAL_BINARY to a `temporal` program, "
        "or TEMPORAL_ADDRESS to your own server"
    )
