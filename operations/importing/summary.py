"""The numbers of an import, or of its dry run."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class ImportSummary:
    """Counts of rows, of their customers and of new events. `states` counts customers by their state afterwards.

    `known` counts events that were stored before, `unchanged` customers for whom the file has nothing new.
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
        """All numbers, for programs."""
        return {**vars(self), "used": self.used}
