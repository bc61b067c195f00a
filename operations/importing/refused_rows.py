"""Writes the rows that could not be used, unchanged, each with its line number and the reason."""

import csv
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

COLUMNS = ("refused_line", "refused_reason")
OWNER_ONLY = 0o600


class RefusedRows:
    """A CSV file of refused rows, which exists only if there are any, and their count by reason."""

    def __init__(self, path: Path, header: Sequence[str], encoding: str) -> None:
        self.path = path
        self.reasons: Counter[str] = Counter()
        self._header = header
        self._encoding = encoding
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        elif error is None:
            # The file of an earlier import is out of date.
            self.path.unlink(missing_ok=True)

    def add(self, number: int, cells: Sequence[str], reason: str) -> None:
        """Refuse the row whose first line has this number."""
        self.reasons[reason] += 1
        file = self._file or self._begin()
        padded = [*cells, *[""] * (len(self._header) - len(cells))]
        csv.writer(file).writerow([*padded, number, reason])

    def _begin(self) -> IO[str]:
        # It holds personal data: no other user of this machine may read it.
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        self._file = os.fdopen(descriptor, "w", newline="", encoding=self._encoding, errors="surrogateescape")
        csv.writer(self._file).writerow([*self._header, *COLUMNS])
        return self._file
