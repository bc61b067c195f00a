"""Where demos keep their files: a fresh directory each, the old ones deleted, running ones found and left alone."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from localstack.servers.file_lock import try_lock
from localstack.stack.announcement import announce
from localstack.story.directory import KEPT, fresh_directory, running_demo


@contextmanager
def running(directory: Path, name: str) -> Iterator[None]:
    """What a running stack leaves in its directory."""
    with ExitStack() as demo:
        lock = try_lock(directory / "stack.lock")
        assert lock is not None
        demo.enter_context(lock)
        demo.enter_context(announce(directory, {"NAME": name}))
        yield


def finished(base: Path) -> Path:
    """The directory of a demo that has ended."""
    directory = fresh_directory(base)
    (directory / "stack.lock").touch()
    return directory


def test_every_demo_has_its_own(tmp_path: Path) -> None:
    assert [fresh_directory(tmp_path / "demo").name for _ in range(3)] == ["1", "2", "3"]


def test_only_the_latest_are_kept(tmp_path: Path) -> None:
    for _ in range(KEPT + 3):
        finished(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [str(number) for number in range(3, KEPT + 4)]


def test_a_running_one_is_never_deleted(tmp_path: Path) -> None:
    first = fresh_directory(tmp_path)
    with running(first, "first"):
        for _ in range(KEPT + 2):
            finished(tmp_path)
        assert first.exists()
    fresh_directory(tmp_path)
    assert not first.exists()


def test_the_only_running_demo_is_found(tmp_path: Path) -> None:
    finished(tmp_path)
    with running(fresh_directory(tmp_path), "one"):
        assert running_demo(tmp_path) == {"NAME": "one"}
        with running(fresh_directory(tmp_path), "two"):
            assert running_demo(tmp_path) is None
    assert running_demo(tmp_path) is None


def test_there_is_none_where_nobody_ever_played(tmp_path: Path) -> None:
    assert running_demo(tmp_path / "demo") is None
