"""Rows of malformed CSV files."""

from io import StringIO

import pytest

from operations.importing.csv_rows import CsvRows

HEADER = "sku,name,quantity\n"


def read(text: str, **options: int) -> list[tuple[int, list[str], str | None]]:
    """All rows of a file with three columns."""
    return [(row.number, row.cells, row.problem) for row in CsvRows(StringIO(HEADER + text, newline=""), **options)]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("PAN,Pan,1", ["PAN", "Pan", "1"]),
        ('PAN,"Pan, large",1', ["PAN", "Pan, large", "1"]),
        ('PAN,"The ""best"" pan",1', ["PAN", 'The "best" pan', "1"]),
        ('PAN,10" pan,1', ["PAN", '10" pan', "1"]),
        ('PAN,"10 pan,1', ["PAN", "10 pan", "1"]),
        ('PAN,"Pan" large,1', ["PAN", "Pan large", "1"]),
        ("PAN,Pan", ["PAN", "Pan", ""]),
        ("PAN,Pan,1,,", ["PAN", "Pan", "1"]),
        ("PAN,Pan,1\r", ["PAN", "Pan", "1"]),
    ],
)
def test_a_row_is_read_whatever_its_quotes(line: str, cells: list[str]) -> None:
    assert read(f"{line}\nLID,Lid,2\n") == [(2, cells, None), (3, ["LID", "Lid", "2"], None)]


def test_a_cell_may_go_over_several_lines() -> None:
    assert read('PAN,"Pan,\n\nlarge",1\nLID,Lid,2') == [
        (2, ["PAN", "Pan,\n\nlarge", "1"], None),
        (5, ["LID", "Lid", "2"], None),
    ]


def test_a_quote_that_never_ends_costs_one_row() -> None:
    [(number, _, problem), *others] = read('PAN,"Pan\n' + 'LID,Lid,2\nPOT,"Pot, large",1\n' * 40)
    assert (number, problem) == (2, "has stray quotes, or more cells than the header") or problem is None
    assert len(others) == 80
    assert {problem for _, _, problem in others} == {None}


def test_blank_lines_are_no_rows() -> None:
    assert [number for number, _, _ in read('\n   \n,,\n"","",""\nPAN,Pan,1\n\n')] == [6]


def test_more_cells_than_the_header_are_a_problem() -> None:
    [(_, _, problem)] = read("PAN,Pan,1,2")
    assert problem == "has stray quotes, or more cells than the header"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_taken_from_the_header(delimiter: str) -> None:
    text = f"\n\n a {delimiter}b  b{delimiter}c\n1{delimiter}2{delimiter}3\n"
    found = CsvRows(StringIO(text, newline=""))
    assert found.header == ["a", "b b", "c"]
    assert [(row.number, row.cells) for row in found] == [(4, ["1", "2", "3"])]


@pytest.mark.parametrize("said", ["sep=;", "SEP=;", "\nsep=,"])
def test_the_line_that_excel_reads_its_delimiter_from_is_no_header(said: str) -> None:
    found = CsvRows(StringIO(f"{said}\r\n\r\na;b\r\n1;2\r\n", newline=""))
    assert found.header == ["a", "b"]
    assert [row.cells for row in found] == [["1", "2"]]


def test_a_line_without_an_end_is_cut() -> None:
    [(number, cells, problem), good] = read("x" * 500 + "\nPAN,Pan,1\n", longest_line=50)
    assert (number, len(cells[0]), problem) == (2, 50, "is longer than 50 characters")
    assert good == (3, ["PAN", "Pan", "1"], None)


def test_an_empty_file_has_no_header_and_no_rows() -> None:
    empty = CsvRows(StringIO("", newline=""))
    assert (empty.header, list(empty)) == ([], [])
