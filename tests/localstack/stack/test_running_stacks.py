"""The registry of running stacks: that of `retention dev` comes first, then the newest of the others."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from localstack.servers.file_lock import try_lock
from localstack.stack.running_stacks import ANNOUNCEMENT, LOCK, announce, running_stack


@contextmanager
def running(directory: Path, name: str) -> Iterator[None]:
    """The files of a running stack."""
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        lock = try_lock(directory / LOCK)
        assert lock is not None
        stack.enter_context(lock)
        stack.enter_context(announce(directory, {"NAME": name}))
        yield


def test_the_newest_of_several_demos_is_found(tmp_path: Path) -> None:
    older, newer = tmp_path / "demo" / "2", tmp_path / "demo" / "1"
    with running(older, "older"):
        assert running_stack(tmp_path) == {"NAME": "older"}
        with running(newer, "newer"):
            os.utime(older / ANNOUNCEMENT, (1, 1))
            assert running_stack(tmp_path) == {"NAME": "newer"}
            assert running_stack(older) == {"NAME": "older"}
        assert running_stack(tmp_path) == {"NAME": "older"}
    assert running_stack(tmp_path) is None


def test_the_stack_of_the_data_directory_comes_first(tmp_path: Path) -> None:
    with running(tmp_path, "dev"), running(tmp_path / "demo" / "1", "demo"):
        os.utime(tmp_path / ANNOUNCEMENT, (1, 1))
        assert running_stack(tmp_path) == {"NAME": "dev"}


def test_a_crashed_stack_is_not_found(tmp_path: Path) -> None:
    crashed = tmp_path / "demo" / "1"
    with running(crashed, "crashed"):
        left = (crashed / ANNOUNCEMENT).read_bytes()
    (crashed / ANNOUNCEMENT).write_bytes(left)
    assert running_stack(tmp_path) is None


def test_without_a_data_directory_there_is_none(tmp_path: Path) -> None:
    assert running_stack(tmp_path / "data") is None
