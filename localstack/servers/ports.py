"""Ports for the local stack: the default or the next free one, never shared by two stacks."""

import os
import socket
import tempfile
from pathlib import Path
from typing import IO

from localstack.servers.file_lock import try_lock

HOST = "127.0.0.1"
CANDIDATES = 200


class PortTakenError(Exception):
    """No usable port; the message names the setting."""


class Port:
    """A port number that no other local stack takes until `release()` or the end of this process.

    Until a server listens on a free port, another stack may find it free, too. So each port has a lock file, which the
    kernel unlocks when its holder ends. Programs that a stack starts may use its ports.
    """

    def __init__(self, number: int, lock: IO[str] | None) -> None:
        self.number = number
        self._lock = lock

    def release(self) -> None:
        """Release the port, unless our parent process holds it. May be called twice."""
        if self._lock:
            self._lock.close()


def reserve_port(setting: str, wanted: int | None, default: int) -> Port:
    """Reserve the wanted port, or where none is wanted the first free one from the default upwards.

    Raises PortTakenError when the wanted one is taken; the message names `setting`.
    """
    if wanted is not None:
        port = _reserve(wanted)
        if port is None:
            raise PortTakenError(f"{setting}: port {wanted} is taken; choose another, or unset it")
        return port
    # Counting upwards stays below the range from which outgoing connections take their ports.
    for number in range(default, default + CANDIDATES):
        if port := _reserve(number):
            return port
    raise PortTakenError(f"{setting}: no free port from {default} to {default + CANDIDATES - 1}")


def _reserve(number: int) -> Port | None:
    file = _lock_file(number)
    lock = try_lock(file)
    if lock is None and file.read_text() != str(os.getppid()):
        return None
    if not _free(number):
        if lock:
            lock.close()
        return None
    if lock:
        _write_owner(lock)
    return Port(number, lock)


def _write_owner(lock: IO[str]) -> None:
    """Store the holder's process id, for the programs that it starts."""
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def _lock_file(number: int) -> Path:
    directory = Path(tempfile.gettempdir()) / f"retention-ports-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory / f"{number}.lock"


def _free(number: int) -> bool:
    with socket.socket() as probe:
        # As servers do: without it a recently closed port counts as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError:
            return False
    return True
