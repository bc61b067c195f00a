"""Cells: amounts, numbers, yes and no, countries, times."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from operations.importing.columns import Columns
from operations.importing.contacts import CUSTOMERS
from operations.importing.refusal import RowRefused
from operations.importing.times import DateOrder, TimeReader
from operations.importing.values import amount, country, whole, yes_or_no
from tests.operations.importing.files import AS_OF

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("9.90", "9.90"), ("-3", "-3"), ("$1,234.50", "1234.50"), ("1.234,50 €", "1234.50"), ("12,5", "12.5")),
        *(("£ 5", "5"), ("0.001", "0.001")),
    ],
)
def test_an_amount_may_be_written_in_many_ways(text: str, value: str) -> None:
    assert amount("total", text) == Decimal(value)


@pytest.mark.parametrize("text", ["1,234", "1.2.3", "ten", "1e5", "NaN", "٣", "--1", "1 000,000"])
def test_an_amount_is_not_guessed(text: str) -> None:
    with pytest.raises(RowRefused, match="total: must be an amount"):
        amount("total", text)


@pytest.mark.parametrize(
    ("cell", "text"),
    [("'+15550100", "+15550100"), (" '0049 ", "0049"), ("'=1", "=1"), ("'t  Hart", "'t Hart"), ("O'Brien", "O'Brien")],
)
def test_only_the_mark_of_a_spreadsheet_is_taken_off(cell: str, text: str) -> None:
    columns = Columns(["customer_email", "name"], CUSTOMERS, {})
    assert columns.read(["", cell]) == {"name": text}


@pytest.mark.parametrize(("text", "value"), [("6", 6), ("-1", -1), ("6.00", 6), ("", None)])
def test_a_whole_number(text: str, value: int | None) -> None:
    assert whole("quantity", text) == value


@pytest.mark.parametrize("text", ["1.5", "six", "1e3", "1234567890"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(RowRefused, match="quantity: must be a whole number"):
        whole("quantity", text)


def test_yes_and_no_are_never_guessed() -> None:
    assert [yes_or_no("consent_email", word) for word in ("Yes", "TRUE", "no", "unsubscribed", "")] == [
        *(True, True, False, False, None)
    ]
    with pytest.raises(RowRefused, match="consent_email: must be yes or no"):
        yes_or_no("consent_email", "perhaps")


def test_a_country_comes_by_code_or_by_name() -> None:
    assert [country(text) for text in ("gb", "United Kingdom", "france", "EIRE", "")] == ["GB", "GB", "FR", None, None]


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("2026-07-01T10:15:00Z", DateOrder.ISO, (2026, 7, 1, 10, 15)),
        ("2026-07-01 10:15:00 +0200", DateOrder.ISO, (2026, 7, 1, 8, 15)),
        ("2026-07-01 10:15:00 UTC", DateOrder.ISO, (2026, 7, 1, 10, 15)),
        ("2010-12-01 08:26", DateOrder.ISO, (2010, 12, 1, 8, 26)),
        ("2026-07-01 08:26", DateOrder.ISO, (2026, 7, 1, 7, 26)),
        ("2010-12-01", DateOrder.ISO, (2010, 12, 1, 0, 0)),
        ("01/12/2010 08:26", DateOrder.DAY_FIRST, (2010, 12, 1, 8, 26)),
        ("12/1/2010 8:26", DateOrder.MONTH_FIRST, (2010, 12, 1, 8, 26)),
        ("12/1/2010 12:26 am", DateOrder.MONTH_FIRST, (2010, 12, 1, 0, 26)),
        ("12/1/2010 8:26 PM", DateOrder.MONTH_FIRST, (2010, 12, 1, 20, 26)),
        ("1.12.2010", DateOrder.DAY_FIRST, (2010, 12, 1, 0, 0)),
        ("2010-12-01 08:26", DateOrder.DAY_FIRST, (2010, 12, 1, 8, 26)),
    ],
)
def test_a_time_may_be_written_in_many_ways(text: str, order: DateOrder, moment: tuple[int, ...]) -> None:
    year, month, day, hour, minute = moment
    assert TimeReader(AS_OF, LONDON, order).read("at", text) == datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "order", "reason"),
    [
        ("13/12/2010", DateOrder.ISO, "at: is ambiguous"),
        ("13/12/2010", DateOrder.MONTH_FIRST, "at: must be a time"),
        ("12/13/2010", DateOrder.DAY_FIRST, "at: must be a time"),
        ("12/12/2010 13:00 PM", DateOrder.DAY_FIRST, "at: must be a time"),
        ("yesterday", DateOrder.ISO, "at: must be a time"),
        ("2026-11-22T00:00:01Z", DateOrder.ISO, "at: is in the future"),
        ("9999-12-31T23:59:59-23:59", DateOrder.ISO, "at: must be a time"),
        ("0001-01-01T00:00:00+14:00", DateOrder.ISO, "at: must be a time"),
        ("1900-01-01", DateOrder.ISO, "at: is before 1970"),
    ],
)
def test_a_time_is_not_guessed(text: str, order: DateOrder, reason: str) -> None:
    with pytest.raises(RowRefused, match=reason):
        TimeReader(AS_OF, UTC, order).read("at", text)


def test_statements_without_a_time_keep_the_order_of_their_imports() -> None:
    earlier, later = (
        TimeReader(datetime(1971, 1, 1, tzinfo=UTC)).undated,
        TimeReader(datetime(2999, 1, 1, tzinfo=UTC)).undated,
    )
    assert datetime(1970, 1, 1, tzinfo=UTC) < earlier < later < datetime(1970, 1, 2, tzinfo=UTC)
