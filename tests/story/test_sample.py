"""The sample of real orders, as the storefront tells of it."""

from decimal import Decimal

from starter.story import sample


def test_an_order_costs_what_its_lines_cost() -> None:
    order = sample.order("536365")
    assert order["total"] == "139.12"
    assert len(order["items"]) == 7
    assert sum(item["quantity"] * Decimal(item["unit_price"]) for item in order["items"]) == Decimal("139.12")


def test_names_are_tidied_and_the_source_is_not() -> None:
    assert sample.items("536397")[1]["name"] == "Set Of 3 Coloured Flying Ducks"
    assert "SET OF 3 COLOURED  FLYING DUCKS" in sample.FILE.read_text(encoding="utf-8")


def test_postage_is_a_line_of_the_foreign_order() -> None:
    order = sample.order("536403")
    assert [item["sku"] for item in order["items"]] == ["22867", "POST"]
    assert order["country"] == "NL"


def test_what_was_sent_back_is_a_positive_amount() -> None:
    assert sample.refunded("C536826") == "23.25"
