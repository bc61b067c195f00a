"""Orders files: what becomes of each kind of row. Nothing here needs a server."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lifecycle.ledger_events import AnyEvent
from lifecycle.policy import Policy
from operations.importing.columns import parse_map
from operations.importing.contacts import ImportedEvent
from operations.importing.order_lines import OrderLine, read_order_line
from operations.importing.orders import OrderReader
from operations.importing.refusal import InvalidFile
from operations.importing.times import DateOrder, TimeReader
from retention_client.events import OrderPaid, OrderRefunded
from tests.operations.importing.files import AS_OF, ORDERS_HEADER, RETAIL, RETAIL_HEADER, imported

SAMPLE = Path(__file__).parents[3] / "localstack" / "demo" / "data" / "online_retail_sample.csv"
GBP = Policy(currency="GBP")


async def states(directory: Path, *days_ago: float, total: str = "300.00", days: float = 0) -> dict[str, int]:
    """The state of a customer, `days` before `AS_OF`, who ordered so many days before that."""
    end = AS_OF - timedelta(days=days)
    rows = [
        f"{number},ada@example.com,{(end - timedelta(days=ago)).isoformat()},{total},,,,\n"
        for number, ago in enumerate(days_ago)
    ]
    return dict((await imported(directory, "orders", ORDERS_HEADER + "".join(rows), as_of=end)).summary.states)


@pytest.mark.parametrize(
    ("days_ago", "state"),
    [
        ([1], "CUSTOMER"),
        ([61.2], "AT_RISK"),
        ([181], "CHURNED"),
        ([201, 1], "REACTIVATED"),
        ([70, 1], "REPEAT"),
        ([100, 80], "VIP"),
        ([110, 91], "AT_RISK"),
        ([1, 201], "REACTIVATED"),
    ],
)
async def test_a_customer_has_the_state_of_their_history(days_ago: list[float], state: str, tmp_path: Path) -> None:
    total = "100.00" if state == "REPEAT" else "300.00"
    assert await states(tmp_path, *days_ago, total=total) == {state: 1}


async def test_the_day_of_the_import_may_lie_in_the_past(tmp_path: Path) -> None:
    assert await states(tmp_path, 61.2, days=200) == {"AT_RISK": 1}


async def test_several_rows_are_one_order(tmp_path: Path) -> None:
    outcome = await imported(
        tmp_path,
        "orders",
        ORDERS_HEADER
        + "1,ada@example.com,2026-11-20T10:00:00Z,,PAN,Pan,2,10.00\n"
        + "2,ada@example.com,2026-11-20T10:00:00Z,,PAN,Pan,1,10.00\n"
        + "1,,,,LID,Lid,1,5.50\n",
    )
    assert (outcome.summary.orders, outcome.summary.customers, outcome.refused) == (2, 1, [])


def read_all(*rows: dict[str, str], customer: str = "ada@example.com") -> tuple[list[ImportedEvent], dict[int, str]]:
    """The events of rows of one customer, and the refused lines."""
    refused: dict[int, str] = {}

    def refuse(numbers: object, reason: str) -> None:
        refused.update(dict.fromkeys(numbers, reason))  # type: ignore[call-overload]

    times = TimeReader(AS_OF)
    lines: list[OrderLine] = [
        read_order_line(number, {"customer_email": customer, "occurred_at": "2026-11-01", **row}, times)
        for number, row in enumerate(rows, start=2)
    ]
    ordered = sorted(lines, key=lambda line: line.order_id)
    reader = OrderReader(identity_key=b"", currency="USD", times=times, refuse=refuse)
    return reader.read(customer, ordered), refused


def only(events: list[ImportedEvent], kind: type[AnyEvent]) -> AnyEvent:
    """The one event of a kind."""
    [found] = [one.event for one in events if isinstance(one.event, kind)]
    return found


def test_a_total_is_what_the_file_says_or_else_what_the_items_sum_to() -> None:
    pan = {"order_id": "1", "sku": "PAN", "quantity": "2", "unit_price": "10.00"}
    discount = {"order_id": "1", "sku": "SALE", "quantity": "-1", "unit_price": "3.00"}
    for rows, total in (([pan], "20.00"), ([pan, discount], "17.00"), ([{**pan, "total": "25"}, discount], "25.00")):
        paid = only(read_all(*rows)[0], OrderPaid)
        assert isinstance(paid, OrderPaid)
        assert str(paid.order.total) == total
        assert [item.sku for item in paid.order.items] == ["PAN"]
        assert paid.event_id == "import:order:1"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, "has neither a total nor a price"),
        ({"total": "1", "currency": "EUR"}, "order.currency: is EUR, but the store's currency is USD"),
        ({"total": "999999999999"}, "order.total: must be less than 100000000"),
        ({"total": "1", "phone": "1" * 40}, "phone: must have at most 32 characters"),
        ({"total": "1", "order_id": "x" * 201}, "event_id: must have at most 200 characters"),
    ],
)
def test_what_no_storefront_could_send_is_refused(row: dict[str, str], reason: str) -> None:
    events, refused = read_all({"order_id": "1", **row})
    assert (events, refused) == ([], {2: reason})


def test_rows_of_one_order_must_agree_on_its_total() -> None:
    events, refused = read_all({"order_id": "1", "total": "1"}, {"order_id": "1", "total": "2"})
    assert events == []
    assert set(refused.values()) == {"total: differs between the rows of one order"}


def test_a_cancellation_is_set_against_the_latest_earlier_order_with_the_article() -> None:
    pan = {"sku": "PAN", "quantity": "2", "unit_price": "10.00"}
    events, refused = read_all(
        {"order_id": "2", "occurred_at": "2026-10-01", **pan},
        {"order_id": "1", "occurred_at": "2026-10-02", **pan},
        {"order_id": "3", "occurred_at": "2026-10-03", **pan, "sku": "LID"},
        {"order_id": "4", "occurred_at": "2026-10-09", **pan},
        {"order_id": "C5", "occurred_at": "2026-10-04", **pan, "quantity": "-1"},
        {"order_id": "C5", "occurred_at": "2026-10-04", **pan, "sku": "POT", "quantity": "-1"},
    )
    refund = only(events, OrderRefunded)
    assert isinstance(refund, OrderRefunded)
    assert (refund.order_id, refund.refund_id, str(refund.amount)) == ("1", "C5", "10.00")
    assert refused == {7: "refunds an article that no earlier order of the customer has"}


def test_a_refund_may_name_its_order() -> None:
    events, refused = read_all(
        {"order_id": "1", "total": "20.00", "occurred_at": "2026-10-01"},
        {"order_id": "1", "refund_id": "R", "total": "-5.00", "occurred_at": "2026-10-05"},
        {"order_id": "7", "refund_id": "R", "refunded_amount": "2.50", "occurred_at": "2026-10-06"},
    )
    refunds = [one.event for one in events if isinstance(one.event, OrderRefunded)]
    assert refused == {}
    assert [(refund.order_id, refund.refund_id, str(refund.amount), refund.occurred_at.day) for refund in refunds] == [
        ("1", "R", "5.00", 5),
        ("7", "R", "2.50", 6),
    ]


@pytest.mark.parametrize(
    ("column", "lid", "amount"),
    [("total", "-25.00", "25.00"), ("refunded_amount", "25.00", "25.00"), ("total", "", "30.00")],
)
def test_what_every_row_of_a_refund_says_of_the_whole_counts_once(column: str, lid: str, amount: str) -> None:
    back = {"order_id": "1", "refund_id": "R", "quantity": "1", "unit_price": "15.00", column: lid}
    refund = only(read_all({**back, "sku": "PAN"}, {**back, "sku": "LID"})[0], OrderRefunded)
    assert isinstance(refund, OrderRefunded)
    assert str(refund.amount) == amount


@pytest.mark.parametrize("sku", ["LID", "POT"])
def test_the_total_of_a_cancellation_is_not_taken_from_each_of_its_orders(sku: str) -> None:
    order = {"occurred_at": "2026-10-01", "quantity": "1", "unit_price": "10.00"}
    back = {"order_id": "C3", "occurred_at": "2026-10-04", "quantity": "-1", "unit_price": "10.00", "total": "-20.00"}
    events, refused = read_all(
        {"order_id": "1", "sku": "PAN", **order},
        {"order_id": "2", "sku": "LID", **order},
        {**back, "sku": "PAN"},
        {**back, "sku": sku},
    )
    amounts = [str(one.event.amount) for one in events if isinstance(one.event, OrderRefunded)]
    assert amounts == ["10.00"] * (1 if refused else 2)


@pytest.mark.parametrize("row", [{"refund_id": "R", "refunded_amount": "5"}, {"quantity": "-1", "unit_price": "5"}])
def test_money_in_another_currency_is_not_taken_for_the_stores_own(row: dict[str, str]) -> None:
    order = {"order_id": "1", "sku": "PAN", "unit_price": "9", "occurred_at": "2026-10-01"}
    events, refused = read_all(order, {"order_id": "2", "sku": "PAN", "currency": "EUR", **row})
    assert [type(one.event) for one in events] == [OrderPaid]
    assert refused == {3: "currency: is EUR, but the store's currency is USD"}


def test_an_order_may_say_that_it_was_cancelled_or_refunded() -> None:
    cancelled = only(read_all({"order_id": "1", "total": "9", "cancelled_at": "2026-11-03"})[0], OrderRefunded)
    assert isinstance(cancelled, OrderRefunded)
    assert (cancelled.cancelled, cancelled.occurred_at.day) == (True, 3)
    refunded = only(read_all({"order_id": "1", "total": "9", "refunded_amount": "4"})[0], OrderRefunded)
    assert isinstance(refunded, OrderRefunded)
    assert (str(refunded.amount), refunded.cancelled, refunded.occurred_at.day) == ("4.00", False, 1)


async def test_one_bad_row_costs_its_order_and_no_other(tmp_path: Path) -> None:
    outcome = await imported(
        tmp_path,
        "orders",
        ORDERS_HEADER
        + "1,ada@example.com,2026-11-20,,PAN,Pan,2,10.00\n"
        + "1,ada@example.com,2026-11-20,,LID,Lid,many,5.50\n"
        + "2,bob@example.com,2026-11-20,9.00,,,,\n"
        + "3,eve@example.com,2027-01-01,9.00,,,,\n"
        + "4,,2026-11-20,9.00,,,,\n"
        + "5,not an address,2026-11-20,9.00,,,,\n"
        + "6,ada@example.com,2026-11-20,9.00,,,,\n"
        + "6,bob@example.com,2026-11-20,9.00,,,,\n"
        + ",bob@example.com,2026-11-20,9.00,,,,\n"
        + "7,bob@example.com,01/12/2010 08:26,9.00,,,,\n",
    )
    assert outcome.reasons == {
        "2": "another row of the same order cannot be used",
        "3": "quantity: must be a whole number",
        "5": "occurred_at: is in the future",
        "6": "names no customer",
        "7": "customer_email: is not a valid e-mail address",
        "8": "the rows of one order name several customers",
        "9": "the rows of one order name several customers",
        "10": "names no order",
        "11": "occurred_at: is ambiguous: choose day first (dmy) or month first (mdy)",
    }
    assert (outcome.summary.rows, outcome.summary.used, outcome.summary.orders) == (10, 1, 1)
    assert outcome.refused[1]["quantity"] == "many"


async def test_refused_rows_can_be_corrected_and_imported_as_they_are(tmp_path: Path) -> None:
    await imported(tmp_path, "orders", ORDERS_HEADER + "1,ada@example.com,2026-11-20,9.00.0,,,,\n")
    corrected = (tmp_path / "refused.csv").read_text().replace("9.00.0", "9.00")
    assert (await imported(tmp_path, "orders", corrected)).summary.orders == 1


async def test_a_file_from_a_spreadsheet(tmp_path: Path) -> None:
    text = "\ufeff\r\n" + ORDERS_HEADER.replace(",", ";").replace("\n", "\r\n\r\n")
    text += "'1001;Ada@Example.COM;20.11.2026 10:15;'1.234,50;;;;\r\n;;;;;;;\r\n"
    outcome = await imported(tmp_path, "orders", text, dates=DateOrder.DAY_FIRST)
    assert (outcome.summary.rows, outcome.summary.orders, outcome.refused) == (1, 1, [])
    assert outcome.summary.states == {"CUSTOMER": 1}


async def test_another_encoding_must_be_named(tmp_path: Path) -> None:
    rows = (ORDERS_HEADER + "1,ada@example.com,2026-11-20,9.00,PAN,Pâté,1,9.00\n").encode("cp1252")
    outcome = await imported(tmp_path, "orders", rows)
    assert outcome.reasons == {"2": "is not text in this encoding; try another one"}
    assert b"P\xe2t\xe9" in (tmp_path / "refused.csv").read_bytes()
    assert (await imported(tmp_path, "orders", rows, encoding="cp1252")).refused == []
    with pytest.raises(InvalidFile, match="file: is not in utf-16"):
        await imported(tmp_path, "orders", rows, encoding="utf-16")
    for encoding in ("klingon", "base64", "undefined"):
        with pytest.raises(InvalidFile, match="encoding: is unknown"):
            await imported(tmp_path, "orders", rows, encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
async def test_utf_16_is_recognised_and_read_when_requested(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    rows = (mark + ORDERS_HEADER + "1,ada@example.com,2026-11-20,9.00,PAN,P\u0101n,1,9.00\n").encode(encoding)
    with pytest.raises(InvalidFile, match="UTF-16: import it with the encoding utf-16"):
        await imported(tmp_path, "orders", rows)
    outcome = await imported(tmp_path, "orders", rows, encoding="utf-16")
    assert (outcome.summary.orders, outcome.refused) == (1, [])


@pytest.mark.parametrize("content", [b"PK\x03\x04\x14\0\x06\0", bytes(range(256)), (ORDERS_HEADER).encode("utf-16-le")])
async def test_a_file_that_is_not_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidFile, match="is not a text file"):
        await imported(tmp_path, "orders", content)


async def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"file: has no column for customer_email: .* its columns are order_id, at"):
        await imported(tmp_path, "orders", "order_id,at\n")
    with pytest.raises(InvalidFile, match="file: has no header: its first line must name the columns"):
        await imported(tmp_path, "orders", "")
    with pytest.raises(InvalidFile, match="map: the file has no column 'Nowhere'"):
        await imported(tmp_path, "orders", ORDERS_HEADER, columns={"sku": "Nowhere"})
    with pytest.raises(InvalidFile, match="map: colour is not a field; the fields are"):
        await imported(tmp_path, "orders", ORDERS_HEADER, columns={"colour": "sku"})


def test_a_mapping_comes_from_options_and_a_file() -> None:
    found = parse_map(["a=B=C", "x=Y"], "x: Z\nk: '{L}@m'\nn: No")
    assert found == {"a": "B=C", "x": "Y", "k": "{L}@m", "n": "No"}
    for options, text in ((["a"], None), (["=b"], None), (["a="], None), ([], "[a]"), ([], "a: [1]")):
        with pytest.raises(InvalidFile):
            parse_map(options, text)


async def test_a_template_of_an_empty_cell_is_empty(tmp_path: Path) -> None:
    rows = "1,PAN,Pan,1,2010-12-01 08:26,5,,United Kingdom\n2,PAN,Pan,1,2010-12-01 08:26,5,17850,United Kingdom\n"
    outcome = await imported(tmp_path, "orders", RETAIL_HEADER + rows, columns=RETAIL, policy=GBP)
    assert (outcome.reasons, outcome.summary.orders) == ({"2": "names no customer"}, 1)


async def test_the_online_retail_sample(tmp_path: Path) -> None:
    end = datetime(2011, 1, 1, tzinfo=UTC)
    outcome = await imported(tmp_path, "orders", SAMPLE.read_bytes(), columns=RETAIL, as_of=end, policy=GBP)
    summary = outcome.summary
    assert (summary.rows, summary.used, summary.customers, outcome.refused) == (45, 45, 3, [])
    assert summary.refunds >= 1
