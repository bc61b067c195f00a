"""`retention dev`: the stack of a working day, found by commands beside it and kept for the next."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import pytest

from tests.fixtures.stack import PROJECT, Answer, run_command
from tests.localstack.stack.curl import request_of

START_SECONDS = 60


@pytest.fixture
def directory() -> Iterator[Path]:
    """Not under pytest's own: every run of pytest closes that to the user whom PostgreSQL runs as."""
    with TemporaryDirectory(prefix="dev-") as created:
        yield Path(created)


@pytest.fixture
def environment(clean_environment: None) -> dict[str, str]:
    """Of somebody who has set nothing."""
    return {**os.environ, "PYTHONPATH": str(PROJECT)}


@contextmanager
def developing(directory: Path, environment: dict[str, str], *arguments: str) -> Iterator[str]:
    """`retention dev` in a directory, ended as a terminal does; what it printed first."""
    process = subprocess.Popen(
        [sys.executable, "-m", "starter.commands", "dev", *arguments],
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        lines: list[str] = []
        deadline = time.monotonic() + START_SECONDS
        while not (lines and lines[-1].startswith("Stop")) and time.monotonic() < deadline:
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            lines.append(line)
        yield "".join(lines)
        process.send_signal(signal.SIGINT)
        assert process.wait(START_SECONDS) == 0
        assert process.communicate()[1] == ""
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_dev_is_found_by_other_commands_and_keeps_everything(directory: Path, environment: dict[str, str]) -> None:
    def retention(*arguments: str) -> Answer:
        return run_command(*arguments, environment=environment, directory=directory)

    with developing(directory, environment) as shown:
        assert "postgresql://postgres@/" in shown
        curl = next(line for line in shown.splitlines() if line.startswith("curl "))
        with httpx2.Client(trust_env=False) as http:
            answer = http.send(request_of(curl, {})).json()
        assert [result["status"] for result in answer["results"]] == ["accepted"]
        assert retention("event", "send", "--type", "VISITED", "--email", "ben@example.com").status == 0
        assert {row["status"] for row in retention("campaign", "list", "--json").json} == {"draft"}
        second = retention("dev")
        assert (second.status, second.error.count("\n")) == (1, 1)
        assert second.error.startswith("DATA_DIRECTORY: another stack is running")
        assert retention("campaign", "start", "win-back").status == 0

    with developing(directory, environment, "--no-gateway") as shown:
        assert "Temporal UI" in shown
        assert "Gateway" not in shown
        known = retention("customer", "show", "ada@example.com", "--json").json
        assert (known["profile"]["state"], known["workflow"]["state"]) == ("VISITOR", "VISITOR")
        statuses = {row["slug"]: row["status"] for row in retention("campaign", "list", "--json").json}
        assert (statuses["win-back"], statuses["vip-welcome"]) == ("live", "draft")
