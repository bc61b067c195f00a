"""What an import did, or would do, in numbers."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Summary:
    """Counts of rows, of the customers they are about and of what was new. `states` are where customers stand then.

    `known` counts events that were there before, `unchanged` customers about whom the file has nothing new.
    """

    file: str
    kind: str
    as_of: datetime
    dry_run: bool
    shop: str | None = None
    rows: int = 0
    customers: int = 0
    unchanged: int = 0
    orders: int = 0
    refunds: int = 0
    known: int = 0
    started: int = 0
    suppressed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    refused_file: str | None = None
    states: Counter[str] = field(default_factory=Counter)

    @property
    def used(self) -> int:
        """Rows that were not refused."""
        return self.rows - self.refused.total()

    def document(self) -> dict[str, Any]:
        """All of it, for programs."""
        return {**vars(self), "used": self.used}
