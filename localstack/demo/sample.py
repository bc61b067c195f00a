"""The real orders of the demo. `data/README.md` names their source."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "online_retail_sample.csv"
CURRENCY = "USD"
COUNTRIES = {"United Kingdom": "GB", "Netherlands": "NL"}
POSTAGE = "POST"


@dataclass(frozen=True)
class InvoiceLine:
    """A quantity of one product at `price` each."""

    sku: str
    title: str
    quantity: int
    price: Decimal


@dataclass(frozen=True)
class Invoice:
    """An order, or what was returned by a cancellation: all quantities and sums are positive."""

    lines: tuple[InvoiceLine, ...]
    postage: Decimal
    country: str

    @property
    def total(self) -> Decimal:
        """The total, including postage."""
        return sum((line.quantity * line.price for line in self.lines), self.postage)


def invoice_of(number: str) -> Invoice:
    """An invoice of the sample by its number, which begins with C for a cancellation."""
    rows = _invoices()[number]
    postage = [row for row in rows if row["StockCode"] == POSTAGE]
    return Invoice(
        lines=tuple(_line(row) for row in rows if row not in postage),
        postage=sum((line.quantity * line.price for line in map(_line, postage)), Decimal("0.00")),
        country=COUNTRIES[rows[0]["Country"]],
    )


def _line(row: dict[str, str]) -> InvoiceLine:
    # The source has negative quantities for returns.
    title = " ".join(row["Description"].split()).title()
    return InvoiceLine(row["StockCode"], title, abs(int(row["Quantity"])), Decimal(row["UnitPrice"]))


@cache
def _invoices() -> dict[str, list[dict[str, str]]]:
    with FILE.open(newline="", encoding="utf-8") as file:
        return _by_number(csv.DictReader(file))


def _by_number(rows: Iterable[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault(row["InvoiceNo"], []).append(row)
    return found
