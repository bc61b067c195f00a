"""Shopify's orders export: a row per line item, the order's columns on its first row only."""

from pathlib import Path

from tests.operations.importing.files import SHOPIFY_ORDERS_HEADER, ImportOutcome, exported, imported

SHOPIFY_ORDER = {
    "Name": "#1001",
    "Email": "ada@example.com",
    "Financial Status": "paid",
    "Paid at": "2026-11-20 10:15:00 +0100",
    "Accepts Marketing": "yes",
    "Currency": "USD",
    "Total": "215.00",
    "Created at": "2026-11-20 10:14:58 +0100",
    "Lineitem quantity": "1",
    "Lineitem name": "Cast Iron Skillet",
    "Lineitem price": "199.00",
    "Lineitem sku": "SKILLET",
    "Billing Name": "Ada Lovelace",
    "Billing Country": "GB",
    "Shipping Country": "GB",
    "Refunded Amount": "0.00",
    "Id": "820982911",
    "Phone": "'+15550100",
}


def shopify(*rows: dict[str, str]) -> str:
    """Shopify's orders export."""
    return exported(SHOPIFY_ORDERS_HEADER, *rows)


async def test_shopifys_orders_are_known_by_their_header(tmp_path: Path) -> None:
    second = {"Name": "#1001", "Lineitem quantity": "2", "Lineitem name": "Lid", "Lineitem price": "8.00"}
    refunded = {
        **SHOPIFY_ORDER,
        "Name": "#1002",
        "Id": "2",
        "Financial Status": "refunded",
        "Refunded Amount": "215.00",
    }
    outcome = await imported(tmp_path, "orders", shopify(SHOPIFY_ORDER, second, refunded))
    summary = outcome.summary
    assert (summary.shop, summary.rows, summary.used, summary.orders, summary.refunds) == ("shopify", 3, 3, 2, 1)


async def test_of_shopify_what_was_not_paid_is_refused_with_all_its_rows(tmp_path: Path) -> None:
    unpaid = [{**SHOPIFY_ORDER, "Financial Status": status, "Paid at": ""} for status in ("pending", "voided")]
    rows: list[dict[str, str]] = []
    for number, order in enumerate(unpaid):
        rows += [{**order, "Name": f"#{number}"}, {"Name": f"#{number}", "Lineitem name": "Lid"}]
    outcome: ImportOutcome = await imported(tmp_path, "orders", shopify(*rows, SHOPIFY_ORDER))
    assert list(outcome.reasons.values()) == [
        *("the order was not paid", "another row of the same order cannot be used") * 2
    ]
    assert outcome.summary.orders == 1
