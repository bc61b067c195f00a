"""The erasure of a whole shop: all customers that its system reported, and no others."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from temporalio.client import WorkflowHandle

from activities.privacy import EraseWholeShop, ShopErasure
from activities.privacy.messages import ERASE_SHOP_ID
from db.customers import tombstones
from db.inbox import arrivals as inbox
from tests.activities.privacy.erasing import end
from tests.activities.privacy.traces import traces
from tests.fixtures.shop import Shop
from worker import build_worker
from workflows.erase_shop import EraseShop

THEIRS = [f"shopify-{number}@example.com" for number in range(3)]
GUEST = "guest@example.com"
OTHER = "other@example.com"


@pytest.fixture
async def shop(shop: Shop) -> AsyncIterator[Shop]:
    """The shop with a worker that erases two customers at a time."""
    erasure = ShopErasure(shop.engine, page_size=2)
    async with build_worker(shop.client, shop.engine, shop.settings, shop_erasure=erasure):
        yield shop


async def test_all_customers_of_the_shop_are_erased_and_no_others(shop: Shop) -> None:
    for email in (*THEIRS, GUEST, OTHER):
        await shop.order(email, email=email)
        await shop.until_state("CUSTOMER", email)
    for number, email in enumerate(THEIRS):
        await _known_as(shop, f"customer/shopify/{number}", email)
    await _known_as(shop, "customer/shopify-plus/1", OTHER)
    await shop.rows(
        "UPDATE event_inbox SET source = 'shopify' WHERE customer_id = :id RETURNING event_id",
        id=shop.storefront.customer_id(GUEST),
    )
    for source in ("shopify", "woocommerce"):
        await inbox.keep(
            shop.engine,
            event_id=f"{source}:raw",
            reason="is not JSON",
            raw=f"from nobody@{source}.example".encode(),
            mentions=["N" * 26],
            source=source,
            topic=None,
            now=datetime.now(UTC),
        )
    handle = await shop.skipper.client.start_workflow(
        EraseShop.run,
        EraseWholeShop("shop/redact", "shopify"),
        id=f"{ERASE_SHOP_ID}-{shop.settings.task_queue}",
        task_queue=shop.settings.task_queue,
    )
    discarded = await _end(shop, handle)

    assert discarded == 1
    assert await traces(shop, *THEIRS, GUEST, "nobody@shopify.example") == []
    assert await traces(shop, OTHER) != []
    assert await traces(shop, "nobody@woocommerce.example") == ["event_inbox"]
    for email in (*THEIRS, GUEST):
        erasure = await tombstones.read(shop.engine, shop.storefront.customer_id(email))
        assert erasure is not None
        assert erasure.requested_by == "shop/redact"
    assert await tombstones.read(shop.engine, shop.storefront.customer_id(OTHER)) is None


async def _known_as(shop: Shop, reference: str, email: str) -> None:
    await shop.rows(
        "INSERT INTO customer_references (reference, customer_id, customer_email) "
        "VALUES (:reference, :id, :email) RETURNING reference",
        reference=reference,
        id=shop.storefront.customer_id(email),
        email=email,
    )


async def _end(shop: Shop, handle: WorkflowHandle[EraseShop, int]) -> int:
    """Skip the pauses of whoever is being erased, until all are."""
    waiting = {*THEIRS, GUEST}
    while waiting:
        begun = [email for email in sorted(waiting) if await _begun(shop, email)]
        for email in begun:
            await end(shop, email)
            waiting.discard(email)
    return await handle.result()


async def _begun(shop: Shop, email: str) -> bool:
    return await tombstones.read(shop.engine, shop.storefront.customer_id(email)) is not None
