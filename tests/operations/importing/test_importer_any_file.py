"""Whatever is called a CSV file: no crash, every row used or refused, in any order, in constant memory."""

import asyncio
import random
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.importing.csv_rows import CsvRow
from operations.importing.order_lines import OrderLine, read_order_line
from operations.importing.progress import ProgressCounter
from operations.importing.reading import stage_rows
from operations.importing.refusal import InvalidFile
from operations.importing.stage import RowStage
from operations.importing.times import TimeReader
from tests.operations.importing.files import AS_OF, ORDERS_HEADER, ImportOutcome, imported
from tests.operations.progress import NoProgress

PIECES: list[str | bytes] = [
    *('"', '""', ",", "\n", "\r\n", "\r", ";", "'", " ", "\0", "\ufeff", b"\xff"),
    *("ada@example.com", "bob@example.com", "2026-11-20", "01/12/2010", "1", "-1", "9.99", "yes", "PAN", "é"),
]
pieces = st.sampled_from([piece if isinstance(piece, bytes) else piece.encode() for piece in PIECES])
messes = st.lists(pieces, max_size=60).map(b"".join) | st.binary(max_size=200) | st.text(max_size=200).map(str.encode)
cells = st.sampled_from(["", "1", "2", "ada@example.com", "bob@example.com", "2026-11-20", "-5", "x", "PAN", '"P'])
rows = st.lists(st.tuples(*[cells] * 8).map(",".join), max_size=8)


def import_now(content: bytes, kind: str = "orders") -> ImportOutcome:
    """A dry run in a directory of its own."""
    with tempfile.TemporaryDirectory() as directory:
        return asyncio.run(imported(Path(directory), kind, content))


@settings(max_examples=150, deadline=None)
@given(messes, st.sampled_from(["orders", "customers", "suppressions"]))
def test_any_file_is_read_or_called_wrong(content: bytes, kind: str) -> None:
    try:
        outcome = import_now(content, kind)
    except InvalidFile:
        return
    assert outcome.summary.used + len(outcome.refused) == outcome.summary.rows


@settings(max_examples=150, deadline=None)
@given(messes | rows.map("\n".join).map(str.encode))
def test_any_rows_are_used_or_refused(content: bytes) -> None:
    outcome = import_now(ORDERS_HEADER.encode() + content)
    lines = [row["refused_line"] for row in outcome.refused]
    assert len(lines) == len(set(lines))
    assert outcome.summary.used + len(lines) == outcome.summary.rows
    assert outcome.summary.orders <= outcome.summary.used


good = st.builds(
    lambda order, customer, day, sku, quantity: f"{order},{customer}@example.com,2026-{day},,{sku},,{quantity},150",
    st.integers(1, 5),
    st.sampled_from(["ada", "bob"]),
    st.sampled_from(["01-01", "03-05", "06-30", "11-20", "13-01"]),
    st.sampled_from(["PAN", "LID"]),
    st.integers(-2, 3),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(good, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(found: list[str], chance: random.Random) -> None:
    shuffled = chance.sample(found, len(found))
    first, second = (import_now((ORDERS_HEADER + "\n".join(lines)).encode()) for lines in (found, shuffled))
    assert counts(first) == counts(second)
    assert refusals(first) == refusals(second)


def counts(outcome: ImportOutcome) -> dict[str, Any]:
    """The summary without the names of files, which are of one directory each."""
    return {**outcome.summary.document(), "file": None, "refused_file": None}


def refusals(outcome: ImportOutcome) -> list[tuple[str, ...]]:
    """What was refused, and why, wherever it was."""
    return sorted(tuple(text for name, text in row.items() if name != "refused_line") for row in outcome.refused)


def orders(count: int) -> Iterator[tuple[CsvRow, dict[str, str], OrderLine]]:
    """Orders of as many customers, in no order."""
    times = TimeReader(AS_OF)
    for number in range(count):
        fields = {
            "order_id": f"{number * 7919 % count}",
            "customer_email": f"c{number}@example.com",
            "occurred_at": "2026-11-20",
            "total": "9.00",
        }
        yield CsvRow(number + 2, list(fields.values())), fields, read_order_line(number + 2, fields, times)


@pytest.mark.slow
def test_ten_times_the_rows_take_no_more_memory() -> None:
    def peak(count: int) -> int:
        counter = ProgressCounter(NoProgress(), "reading", count, "rows")
        with RowStage(OrderLine) as stage:
            tracemalloc.start()
            stage_rows(stage, orders(count), counter)
            found = sum(len(lines) for _, lines in stage.customers())
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert found == count
        return most

    small, large = peak(20_000), peak(200_000)
    assert large < 1.2 * small
