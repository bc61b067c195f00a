"""`retention worker`: a process of its own that stops in good order."""

import json
import subprocess
import sys
from pathlib import Path

from localstack.stack.stack import Stack
from tests.fixtures.stack import PROJECT
from tests.starter.commands.conftest import Command
from tests.starter.commands.waiting import eventually


def test_a_worker_polls_until_it_is_told_to_stop(stack: Stack, tmp_path: Path) -> None:
    environment = {**stack.environment(), "PYTHONPATH": str(PROJECT), "TASK_QUEUE": "second-counter"}
    command = [sys.executable, "-m", "starter.commands", "worker"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr
        polling = next(line for line in worker.stderr if "second-counter" in line)
        worker.terminate()
        worker.communicate()
    assert "polling" in polling
    assert worker.returncode == 0


def test_a_worker_writes_whose_line_it_is_and_no_address(stack: Stack, quick: Command) -> None:
    email = "logged@example.com"
    sent = quick("event", "send", "--type", "VISITED", "--email", email, "--json").json[0]
    eventually(lambda: quick("customer", "show", email, "--json"), lambda shown: shown["profile"] is not None)
    log = stack.workers[0].log.read_text()
    lines = [json.loads(line) for line in log.splitlines() if sent["workflow_id"] in line]
    assert [(line["event"], line["state"], line["events"]) for line in lines] == [
        ("change written", "VISITOR", ["VISITED"])
    ]
    assert email not in log
