"""Who was erased may come back: what they did before is refused, and what they do afterwards counts."""

from datetime import UTC, datetime

import pytest

from db.customers import tombstones
from tests.activities.privacy.erasing import begin, end, erase, until_pause
from tests.activities.privacy.traces import traces
from tests.fixtures.shop import ADA, Shop, eventually

NAME = "Ada Lovelace"


async def test_the_door_takes_the_past_in_no_more(open_shop: Shop) -> None:
    shop = open_shop
    event = shop.event("VISITED", name=NAME)
    await shop.storefront.send(event)
    await shop.until_state("VISITOR")
    await erase(shop)
    assert (await shop.storefront.send(event)).duplicate
    assert await traces(shop, ADA, NAME) == []


async def test_whoever_comes_back_begins_anew(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("before", total="400.00")
    await shop.until_state("CUSTOMER")
    await erase(shop)
    await shop.order("after", total="10.00")
    row = await shop.until_state("CUSTOMER")
    assert (row["order_count"], str(row["total_spend"]), row["epoch"]) == (1, "10.00", 1)


@pytest.mark.slow
async def test_whoever_comes_back_during_the_erasure_keeps_what_they_did_since(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("before", total="400.00")
    await shop.until_state("CUSTOMER")
    erasure = await begin(shop)
    await until_pause(erasure)
    event = shop.event("ORDER_PAID", name=NAME, order={"order_id": "since", "total": "10.00", "currency": "USD"})
    await shop.storefront.send(event)
    await eventually(shop.profile, lambda profile: profile["trouble"] is None)
    assert await shop.rows("SELECT FROM customer_profiles") == []

    await end(shop)
    rows = await shop.rows("SELECT event_id, status FROM event_inbox")
    assert rows == [{"event_id": event["event_id"], "status": "RECEIVED"}]
    assert len(await shop.rows("SELECT FROM customer_references WHERE reference = 'order/since'")) == 1
    # The relay's part: whatever was not applied is signalled again.
    await shop.storefront.send(event)
    row = await shop.until_state("CUSTOMER")
    assert (row["order_count"], row["name"]) == (1, NAME)


async def test_what_the_old_workflow_applied_after_the_tombstone_is_told_to_the_new_one(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("before", total="400.00")
    await shop.until_state("CUSTOMER")
    at = datetime.now(UTC)
    customer = shop.storefront.customer_id(ADA)
    await tombstones.write(shop.engine, customer_id=customer, requested_by="a test", requested_at=at)
    order = {"order_id": "since", "total": "10.00", "currency": "USD"}
    event = shop.event("ORDER_PAID", occurred_at=datetime.now(UTC).isoformat(), order=order)
    await shop.storefront.send(event)
    await shop.until_state("REPEAT")

    await erase(shop, requested_at=at)
    rows = await shop.rows("SELECT event_id, status, applied_at FROM event_inbox")
    assert rows == [{"event_id": event["event_id"], "status": "RECEIVED", "applied_at": None}]
    await shop.storefront.send(event)
    row = await shop.until_state("CUSTOMER")
    assert (row["order_count"], str(row["total_spend"])) == (1, "10.00")


async def test_the_same_request_told_again_spares_who_came_back(open_shop: Shop) -> None:
    shop = open_shop
    at = datetime.now(UTC)
    await erase(shop, requested_at=at)
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    await (await begin(shop, requested_at=at)).result()
    assert len(await shop.rows("SELECT FROM customer_profiles")) == 1
