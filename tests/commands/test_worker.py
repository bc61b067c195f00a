"""`retention worker`: a process of its own that stops in good order."""

import subprocess
import sys
from pathlib import Path

from starter.stack.stack import Stack
from tests.fixtures.stack import PROJECT


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
