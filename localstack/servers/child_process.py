"""A child process with a log file, which never outlives its parent."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from localstack.servers import tied_program


class ChildProcess:
    """A running program. Its output goes to `log`; `stop_signal` asks it to end.

    On Linux the kernel sends `stop_signal` when the thread that created this object ends, even by `kill -9`.
    Create it on a thread that lives as long as the child should. On other systems only `stop()` ends it.
    Ctrl-C in the terminal does not reach it: the parent decides the order in which programs stop.

    The program is started through `tied_program`, not by a function that runs between fork and exec: after a fork in a
    process with threads, even a garbage collection may deadlock.
    """

    def __init__(
        self,
        arguments: Sequence[str | Path],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        inherited_files: Sequence[int] = (),
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.log = log
        self._stop_signal = stop_signal
        log.parent.mkdir(parents=True, exist_ok=True)
        wrapper = [sys.executable, "-I", "-S", tied_program.__file__]
        wrapped = [*wrapper, str(os.getpid()), str(stop_signal.value), user or "-"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the programs are our own
                [*wrapped, *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                pass_fds=inherited_files,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """The exit status, negative for the signal that ended it; None while it runs."""
        return self._process.poll()

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the log, for an error message."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def wait(self) -> int:
        """Wait until it ends by itself; return its exit status."""
        return self._process.wait()

    def kill(self) -> None:
        """Kill it, as a crash would."""
        self._process.kill()
        self._process.wait()

    def stop(self, grace_seconds: float = 10) -> None:
        """Ask it to end, and kill it after the grace period. May be called twice."""
        if self.running:
            self._process.send_signal(self._stop_signal)
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
