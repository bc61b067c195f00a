"""`retention gateway` as a program of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from localstack.servers.ports import reserve_port
from settings import Settings
from tests.fixtures.stack import PROJECT

PATIENCE = 60


@dataclass(frozen=True)
class Gateway:
    """A gateway that runs."""

    process: "subprocess.Popen[str]"
    address: str
    log: Path
    token: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.address.rpartition(":")[2])

    def ask(self, method: str, path: str, **more: object) -> httpx2.Response:
        """One request on a connection of its own."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx2.request(method, f"{self.address}{path}", headers=headers, timeout=PATIENCE, **more)  # type: ignore[arg-type]

    def stop(self) -> int:
        """Tell it to stop, and wait for its exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def until_nobody_listens(self) -> None:
        """Wait until connections are refused."""
        for _ in range(PATIENCE * 10):
            try:
                socket.create_connection(("127.0.0.1", self.port), PATIENCE).close()
            except ConnectionRefusedError:
                return
            time.sleep(0.1)
        raise AssertionError("the gateway still listens")

    def head(self, *more: str) -> bytes:
        """The head of a request that sends events."""
        lines = ("POST /v1/events HTTP/1.1", "Host: gateway", f"Authorization: Bearer {self.token}")
        return "\r\n".join((*lines, "Content-Type: application/json", *more, "", "")).encode()


Launch = Callable[..., "subprocess.Popen[str]"]
Gateways = Callable[..., AbstractContextManager[Gateway]]


@pytest.fixture
def launch(settings: Settings, tmp_path: Path) -> Launch:
    """`launch(*arguments, **variables)`: the program, logging to `gateway.log` in the test's directory."""

    def run(*arguments: str, **variables: str) -> "subprocess.Popen[str]":
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
        environment = {**inherited, **settings.environment(), "PYTHONPATH": str(PROJECT)}
        environment |= {"TEMPORAL_ADDRESS": "127.0.0.1:1", **variables}
        with (tmp_path / "gateway.log").open("w") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "starter.commands", "gateway", *arguments],
                cwd=tmp_path,
                env={name: value for name, value in environment.items() if value},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    return run


@pytest.fixture
def gateway(launch: Launch, token: str, tmp_path: Path) -> Gateways:
    """`with gateway(*arguments) as running`: a gateway on a free port."""

    @contextmanager
    def running(*arguments: str) -> Iterator[Gateway]:
        # Reserved as long as the gateway runs: a child may use a port that its parent holds, and no other test may.
        port = reserve_port("GATEWAY_PORT", None, 28080)
        log = tmp_path / "gateway.log"
        with launch(*arguments, GATEWAY_PORT=str(port.number)) as process:
            assert process.stdout
            said = process.stdout.readline()
            try:
                assert "listening on " in said, log.read_text()
                yield Gateway(process, said.split("listening on ")[1].split(",")[0], log, token)
            finally:
                process.kill()
                port.release()

    return running
