"""The sample of real orders."""

from decimal import Decimal

from localstack.demo import sample
from localstack.demo.sample import invoice_of


def test_the_total_is_the_sum_of_the_lines() -> None:
    invoice = invoice_of("536365")
    assert invoice.total == Decimal("139.12")
    assert len(invoice.lines) == 7


def test_titles_are_normalised() -> None:
    assert invoice_of("536397").lines[1].title == "Set Of 3 Coloured Flying Ducks"
    assert "SET OF 3 COLOURED  FLYING DUCKS" in sample.FILE.read_text(encoding="utf-8")


def test_postage_is_part_of_the_foreign_order_and_no_product() -> None:
    invoice = invoice_of("536403")
    assert [line.sku for line in invoice.lines] == ["22867"]
    assert (invoice.country, invoice.postage, invoice.total) == ("NL", Decimal("15.00"), Decimal("192.60"))


def test_a_return_is_a_positive_amount() -> None:
    assert invoice_of("C536826").total == Decimal("23.25")
