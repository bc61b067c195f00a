"""Directories of demos: a new one for each; old ones are deleted, unless a demo runs there."""

from pathlib import Path

from localstack.demo.directory import KEPT_DEMOS, fresh_directory
from tests.localstack.stack.test_running_stacks import running


def finished(base: Path) -> Path:
    """The directory of a demo that has ended."""
    directory = fresh_directory(base)
    (directory / "stack.lock").touch()
    return directory


def test_every_demo_has_its_own(tmp_path: Path) -> None:
    assert [fresh_directory(tmp_path / "demo").name for _ in range(3)] == ["1", "2", "3"]


def test_only_the_latest_are_kept(tmp_path: Path) -> None:
    for _ in range(KEPT_DEMOS + 3):
        finished(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [str(number) for number in range(3, KEPT_DEMOS + 4)]


def test_a_running_one_is_never_deleted(tmp_path: Path) -> None:
    first = fresh_directory(tmp_path)
    with running(first, "first"):
        for _ in range(KEPT_DEMOS + 2):
            finished(tmp_path)
        assert first.exists()
    fresh_directory(tmp_path)
    assert not first.exists()
