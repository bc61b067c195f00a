"""Codes from files: each once, and a reason for every row that is not used."""

import csv
from pathlib import Path
from typing import Any

import pytest

from operations.importing.refusal import InvalidFile
from operations.messages.coupon_import import CouponFile, CouponSummary, import_coupons
from tests.db.messages.conftest import NOW, POOL, Drawer, key_of
from tests.operations.progress import NoProgress


async def imported(drawer: Drawer, directory: Path, content: str | bytes, **options: Any) -> CouponSummary:
    """What an import of this file into the pool comes to."""
    file = directory / "codes.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    given = CouponFile(file, directory / "refused.csv", "utf-8", POOL, None)
    return await import_coupons(given, drawer.engine, NoProgress(), **{"dry_run": False, **options})


def refusals(directory: Path) -> list[tuple[str, str]]:
    """Line and reason of each refused row."""
    with (directory / "refused.csv").open(newline="") as file:
        return [(row["refused_line"], row["refused_reason"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    "content",
    [
        "code\nA1\nB2\n",
        "\ufeffCode\r\n A1 \r\n\r\nB2\r\n",
        "name,code,used\nfirst,A1,no\nsecond,B2,no\n",
        "name;Code\nfirst;A1\nsecond;B2\n",
        "Discount Code\nA1\nB2\n",
        "Coupons\nA1\nB2\n",
        "A1\nB2",
        '"A1"\n"B2"\n',
        "A1\r\nB2\r\n".encode("utf-8-sig"),
    ],
)
async def test_a_column_called_code_or_the_only_one(drawer: Drawer, tmp_path: Path, content: str | bytes) -> None:
    summary = await imported(drawer, tmp_path, content)
    assert (summary.rows, summary.added, summary.refused_file) == (2, 2, None)
    assert set(await drawer.holders()) == {"A1", "B2"}


async def test_what_is_no_text_is_refused_whole(drawer: Drawer, tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="is it a text file"):
        await imported(drawer, tmp_path, b"\x9f\xfe\x81\nA1\n\x03\xd0")
    assert await drawer.holders() == {}


async def test_every_refused_row_has_its_line_and_its_reason(drawer: Drawer, tmp_path: Path) -> None:
    await drawer.fill(["HERE", "GIVEN"])
    await drawer.fill(["ELSEWHERE"], "another-pool")
    await drawer.plan(key_of(1), key_of(2))
    await drawer.reserve(key_of(1))
    await drawer.reserve(key_of(2))
    await drawer.messages.settle(key_of(1), "SKIPPED", NOW, "no")
    rows = ["code,note", "NEW,", "NEW,again", "HERE,", "GIVEN,", "ELSEWHERE,", ",none", "two words,", f"{'x' * 65},"]
    summary = await imported(drawer, tmp_path, "\n".join(rows))
    assert (summary.rows, summary.added, summary.refused.total()) == (8, 1, 7)
    assert sorted(refusals(tmp_path)) == [
        ("3", "is in the file twice"),
        ("4", "is in the pool already"),
        ("5", "was given to a customer already"),
        ("6", "is in the pool another-pool already"),
        ("7", "has no code"),
        ("8", "is not a code: only ASCII letters, digits, hyphens, dots and underscores are allowed"),
        ("9", "is longer than 64 characters"),
    ]


async def test_a_file_may_be_imported_again(drawer: Drawer, tmp_path: Path) -> None:
    assert (await imported(drawer, tmp_path, "code\nA\nB\n")).added == 2
    again = await imported(drawer, tmp_path, "code\nA\nB\nC\n")
    assert (again.added, again.refused) == (1, {"is in the pool already": 2})


async def test_a_dry_run_tells_the_same_and_adds_nothing(drawer: Drawer, tmp_path: Path) -> None:
    await drawer.fill(["A"])
    summary = await imported(drawer, tmp_path, "code\nA\nB\nB\n", dry_run=True)
    assert (summary.rows, summary.added, summary.refused.total()) == (3, 1, 2)
    assert set(await drawer.holders()) == {"A"}


async def test_a_big_file_comes_in_batches_and_keeps_its_order(drawer: Drawer, tmp_path: Path) -> None:
    codes = [f"C{number * 7919 % 1000:03d}" for number in range(100)]
    summary = await imported(drawer, tmp_path, "code\n" + "\n".join([*codes, codes[0]]), batch_size=7)
    assert (summary.rows, summary.added, summary.refused) == (101, 100, {"is in the file twice": 1})
    await drawer.plan(*map(key_of, range(100)))
    assert [await drawer.reserve(key_of(number)) for number in range(100)] == codes


@pytest.mark.parametrize("content", ["name,value\nA,1\n", "PK\0\0\n", "\ufeffcode\nA\n".encode("utf-16-le")])
async def test_a_file_without_codes_is_refused_as_a_whole(drawer: Drawer, tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(InvalidFile):
        await imported(drawer, tmp_path, content)
    assert await drawer.holders() == {}
