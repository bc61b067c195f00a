"""A customer's row vanishes under a running workflow."""

from datetime import UTC, datetime

from db.customers import tombstones
from tests.activities.privacy.erasing import end
from tests.activities.privacy.traces import traces
from tests.fixtures.shop import ADA, Shop

GONE = "DELETE FROM customer_profiles RETURNING customer_id"


async def test_it_is_written_again_from_the_ledger(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("1", total="10.00")
    await shop.until_state("CUSTOMER")
    await shop.rows(GONE)
    await shop.order("2", total="10.00")
    row = await shop.until_state("REPEAT")
    assert (row["order_count"], str(row["total_spend"])) == (2, "20.00")


async def test_with_a_tombstone_the_workflow_has_itself_erased(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("1", total="10.00")
    await shop.until_state("CUSTOMER")
    await _tombstone(shop)
    await shop.rows(GONE)
    order = {"order_id": "2", "total": "10.00", "currency": "USD"}
    await shop.signal("order_paid", shop.event("ORDER_PAID", order=order))
    await end(shop)
    assert await traces(shop, ADA) == []


async def test_a_stop_does_not_write_it_again(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("1", total="10.00")
    await shop.until_state("CUSTOMER")
    await _tombstone(shop)
    await shop.rows(GONE)
    await shop.handle().cancel()
    await shop.quiet()
    assert await shop.rows("SELECT FROM customer_profiles") == []


async def _tombstone(shop: Shop) -> None:
    customer = shop.storefront.customer_id(ADA)
    await tombstones.write(shop.engine, customer_id=customer, requested_by="a test", requested_at=datetime.now(UTC))
