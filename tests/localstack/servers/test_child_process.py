"""A child process: starts among whatever threads, and ends with its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from localstack.servers import tied_program
from localstack.servers.child_process import ChildProcess

AMONG_THREADS = """
import os, sys
from pathlib import Path
from localstack.servers.child_process import ChildProcess
os.register_at_fork(after_in_child=lambda: os._exit(70))
sys.exit(ChildProcess([sys.executable, "-c", "print('started')"], Path(sys.argv[1])).wait())
"""

KILLED = """
import os, signal, sys
from pathlib import Path
from localstack.servers.child_process import ChildProcess
child = ChildProcess([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"], Path(sys.argv[1]))
while "up" not in child.log_tail():
    pass
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_of_ours_runs_between_fork_and_exec(tmp_path: Path) -> None:
    """It could wait for a thread that the fork left behind, and the parent for it."""
    log = tmp_path / "log"
    assert subprocess.run([sys.executable, "-c", AMONG_THREADS, log], check=False).returncode == 0
    assert log.read_text() == "started\n"


def test_it_ends_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "log"], capture_output=True, check=False)
    assert parent.returncode == -signal.SIGKILL
    for _ in range(200):
        if not _runs(int(parent.stdout)):
            return
        time.sleep(0.05)
    raise AssertionError("it outlived its parent")


def test_it_does_not_start_for_a_parent_that_has_ended_already(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    tie = [sys.executable, tied_program.__file__, str(ended.pid), str(signal.SIGTERM.value), "-"]
    assert subprocess.run([*tie, "touch", tmp_path / "started"], capture_output=True, check=False).returncode != 0
    assert not (tmp_path / "started").exists()


def test_it_keeps_the_files_it_is_given_the_environment_and_odd_arguments(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    try:
        code = "import os, sys; os.write(int(sys.argv[1]), (sys.argv[2] + os.environ['WORD']).encode())"
        arguments = [sys.executable, "-c", code, str(writing), "a b\n--ü "]
        child = ChildProcess(arguments, tmp_path / "log", environment={"WORD": "yes"}, inherited_files=[writing])
        assert child.wait() == 0
        assert os.read(reading, 100).decode() == "a b\n--ü yes"
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.parametrize("program", ["no-such-program", "/no/such/program"])
def test_a_program_that_is_not_there_is_named_in_the_log(tmp_path: Path, program: str) -> None:
    child = ChildProcess([program], tmp_path / "log")
    assert child.wait() != 0
    assert program in child.log_tail()


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""  # empty once it has ended, even before it is buried
    except (FileNotFoundError, ProcessLookupError):
        return False
