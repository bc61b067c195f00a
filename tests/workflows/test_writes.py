"""Writes that PostgreSQL does not take, or not at once: the customer lives on, and nothing is lost or done twice."""

import psycopg
import pytest

from retention_client.events import InvalidEvent
from tests.fixtures.postgres import connect
from tests.fixtures.shop import Shop, eventually

MOST_OF_A_COLUMN = "99999999.00"


async def test_a_conflicting_write_makes_the_customer_reload_the_ledger(open_shop: Shop, database_url: str) -> None:
    shop = open_shop
    await shop.order("1", total="10.00")
    await shop.until_state("CUSTOMER")
    with connect(database_url) as connection:
        connection.execute("UPDATE customer_profiles SET revision = revision + 1")
    await shop.order("2", total="10.00")
    await shop.until_state("REPEAT")
    await shop.order("3", total="500.00")
    await shop.until_state("VIP")
    (row,) = await shop.rows("SELECT total_spend::text, order_count, epoch FROM customer_profiles")
    assert row == {"total_spend": "520.00", "order_count": 3, "epoch": 2}


async def test_only_events_with_values_out_of_range_are_rejected(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("1", total=MOST_OF_A_COLUMN)
    await shop.until_state("CUSTOMER")
    too_much = await shop.order("2", total=MOST_OF_A_COLUMN)
    await shop.order("3", total="0.50")
    await shop.until_state("VIP")
    (row,) = await shop.rows("SELECT total_spend::text, order_count FROM customer_profiles")
    assert row == {"total_spend": "99999999.50", "order_count": 2}
    (parked,) = (await shop.profile())["not_applied"]
    assert "NumericValueOutOfRange" in parked["reason"]
    inbox = await shop.rows("SELECT event_id, last_error FROM event_inbox WHERE status = 'REFUSED'")
    assert {parked["event_id"], too_much.event_id} == {row["event_id"] for row in inbox}


@pytest.mark.slow
async def test_a_message_sent_during_a_long_write_is_settled(open_shop: Shop, database_url: str) -> None:
    shop = open_shop
    await shop.campaigns("order-confirmation")
    await shop.send("VISITED", consent={"email": True})
    await eventually(shop.profile, lambda profile: profile["revision"] == 1)
    with _transaction(database_url) as claims, _transaction(database_url) as profiles:
        claims.execute("LOCK TABLE rendered_messages IN SHARE MODE")
        await shop.order("1")
        await shop.until_state("CUSTOMER")
        profiles.execute("SELECT FROM customer_profiles FOR UPDATE")
        await shop.send("PROFILE_UPDATED", name="Ada")
        # The local attempt has given up: the write is the server's now.
        await eventually(lambda: _activities(shop), lambda names: "persist_change" in names)
        claims.rollback()
        await shop.until_sent(1)
        profiles.rollback()
    await eventually(shop.profile, lambda profile: profile["revision"] == 3)
    await shop.quiet()
    assert (await _activities(shop)).count("deliver_message") == 1


def _transaction(url: str) -> psycopg.Connection:
    connection = connect(url)
    connection.autocommit = False
    return connection


async def _activities(shop: Shop) -> list[str]:
    scheduled = [event.activity_task_scheduled_event_attributes for event in await shop.history()]
    return [attributes.activity_type.name for attributes in scheduled if attributes.activity_type.name]


async def test_an_event_id_of_another_customer_is_rejected(open_shop: Shop) -> None:
    eve = "eve@example.com"
    mine = await open_shop.order("1")
    await open_shop.until_state("CUSTOMER")
    ledger = "SELECT customer_email, body FROM event_inbox WHERE event_id = :id"
    before = await open_shop.rows(ledger, id=mine.event_id)

    order = {"order_id": "e", "total": "5.00", "currency": "USD"}
    hers = {**open_shop.event("ORDER_PAID", eve, order=order), "event_id": mine.event_id}
    with pytest.raises(InvalidEvent, match="another customer's"):
        await open_shop.storefront.send(hers)

    await open_shop.order("2", email=eve)
    await open_shop.until_state("CUSTOMER", eve)
    await open_shop.signal("order_paid", hers, eve)
    profile = await eventually(lambda: open_shop.profile(eve), lambda profile: bool(profile["not_applied"]))
    assert profile["order_count"] == 1
    assert await open_shop.rows(ledger, id=mine.event_id) == before
