"""Files as shops export them, and what an import makes of one."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lifecycle.policy import Policy
from operations.importing.importer import (
    CUSTOMERS_FILE,
    ORDERS_FILE,
    FileKind,
    ImportRequest,
    ImportTarget,
    import_file,
)
from operations.importing.summary import ImportSummary
from operations.importing.suppressions import import_suppressions
from operations.importing.times import DateOrder, TimeReader
from tests.operations.progress import NoProgress

AS_OF = datetime(2026, 11, 22, tzinfo=UTC)
KINDS: dict[str, FileKind[Any]] = {"orders": ORDERS_FILE, "customers": CUSTOMERS_FILE}

ORDERS_HEADER = "order_id,customer_email,occurred_at,total,sku,item_name,quantity,unit_price\n"
RETAIL_HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
RETAIL = {
    "order_id": "InvoiceNo",
    "sku": "StockCode",
    "item_name": "Description",
    "quantity": "Quantity",
    "occurred_at": "InvoiceDate",
    "unit_price": "UnitPrice",
    "country": "Country",
    "customer_email": "{CustomerID}@customers.example",
}
SHOPIFY_ORDERS_HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Country,Billing Phone,Shipping Name,Shipping Country,Notes,"
    "Cancelled at,Payment Method,Refunded Amount,Vendor,Id,Tags,Source,Phone"
)
SHOPIFY_CUSTOMERS_HEADER = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
    "Default Address Country Code,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,"
    "Tax Exempt,Tags"
)


@dataclass(frozen=True)
class ImportOutcome:
    """The summary, and the refused rows with their columns."""

    summary: ImportSummary
    refused: list[dict[str, str]]

    @property
    def reasons(self) -> dict[str, str]:
        """The reason by the line that was refused."""
        return {row["refused_line"]: row["refused_reason"] for row in self.refused}


async def imported(
    directory: Path,
    kind: str,
    content: str | bytes,
    target: ImportTarget | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    as_of: datetime = AS_OF,
    dates: DateOrder = DateOrder.ISO,
    encoding: str = "utf-8",
    policy: Policy | None = None,
) -> ImportOutcome:
    """Import a file of this content; without a target it is a dry run."""
    file, refused = directory / "history.csv", directory / "refused.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    refused.unlink(missing_ok=True)
    request = ImportRequest(file, refused, columns or {}, TimeReader(as_of, UTC, dates), encoding, policy or Policy())
    progress = NoProgress()
    if kind == "suppressions":
        summary = await import_suppressions(request, target, progress)
    else:
        summary = await import_file(KINDS[kind], request, target, progress)
    if not refused.exists():
        return ImportOutcome(summary, [])
    with refused.open(newline="", encoding=encoding, errors="surrogateescape") as opened:
        return ImportOutcome(summary, list(csv.DictReader(opened)))


def exported(header: str, *rows: Mapping[str, str]) -> str:
    """A file with these columns; what a row does not name is empty in it."""
    names = header.split(",")
    lines = [",".join(row.get(name, "") for name in names) for row in rows]
    return "\n".join([header, *lines]) + "\n"
