"""What an import reports about its progress."""

from dataclasses import dataclass, field

from operations.importing.progress import EVERY, ProgressCounter, ProgressTask


@dataclass
class RecordedProgress:
    """Records what was reported."""

    parts: list[tuple[str, int, str]] = field(default_factory=list)
    updates: list[tuple[int, int]] = field(default_factory=list)

    def start(self, part: str, total: int, items: str) -> ProgressTask:
        """Record a part."""
        self.parts.append((part, total, items))
        return self

    def update(self, completed: int, count: int) -> None:
        """Record an update."""
        self.updates.append((completed, count))


def test_items_are_counted_up_to_the_total() -> None:
    progress = RecordedProgress()
    counter = ProgressCounter(progress, "history", 2, "customers")
    counter.add()
    counter.add()
    counter.finish()
    assert progress.parts == [("history", 2, "customers")]
    assert progress.updates == [(1, 1), (2, 2), (2, 2)]


def test_a_file_is_followed_by_its_position_and_not_at_every_row() -> None:
    progress = RecordedProgress()
    counter = ProgressCounter(progress, "reading", 9_000, "rows")
    counter.follow(lambda: 4_096)
    for _ in range(EVERY + 1):
        counter.add()
    assert progress.updates == [(4_096, EVERY)]
