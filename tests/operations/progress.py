"""An import whose progress nobody watches."""

from operations.importing.progress import ProgressTask


class NoProgress:
    """Shows nothing."""

    def start(self, part: str, total: int, items: str) -> ProgressTask:
        """Begin a part."""
        return self

    def update(self, completed: int, count: int) -> None:
        """Show nothing."""
