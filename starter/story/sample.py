"""The real orders of the story, in the form in which a storefront tells of them.

See `data/README.md` for where they come from.
"""

import csv
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "online_retail_sample.csv"
CURRENCY = "USD"
COUNTRIES = {"United Kingdom": "GB", "Netherlands": "NL"}


def order(invoice: str) -> dict[str, Any]:
    """A paid order, as an `ORDER_PAID` event carries it."""
    lines = _invoices()[invoice]
    return {
        "order_id": invoice,
        "total": str(_sum(lines)),
        "currency": CURRENCY,
        "country": COUNTRIES[lines[0]["Country"]],
        "items": items(invoice),
    }


def items(invoice: str) -> list[dict[str, Any]]:
    """What lay in the cart before it was bought."""
    return [
        {
            "sku": line["StockCode"],
            "name": " ".join(line["Description"].split()).title(),
            "quantity": int(line["Quantity"]),
            "unit_price": line["UnitPrice"],
        }
        for line in _invoices()[invoice]
    ]


def refunded(cancellation: str) -> str:
    """What went back to the customer; the source writes it as an invoice of negative quantities."""
    return str(-_sum(_invoices()[cancellation]))


def _sum(lines: list[dict[str, str]]) -> Decimal:
    return sum((int(line["Quantity"]) * Decimal(line["UnitPrice"]) for line in lines), Decimal("0.00"))


@cache
def _invoices() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    with FILE.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["InvoiceNo"], []).append(line)
    return found
