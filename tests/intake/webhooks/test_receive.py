"""Receive a delivery: what is accepted, what is skipped, and what is kept raw."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from intake.door.door import Door
from intake.door.incoming import IncomingEvent
from intake.webhooks.receive import receive
from intake.webhooks.shop_adapter import ShopAdapter, UnusableDelivery, WebhookDelivery
from intake.webhooks.shopify.adapter import SHOPIFY
from tests.fixtures.failing_table import UNTRANSLATABLE_CHARACTER, failing_table
from tests.starter.gateway.bodies import visit
from tests.starter.gateway.conftest import IDENTITY_KEY, Rows

INBOX = "SELECT event_id, type, status, source, topic, raw, last_error FROM event_inbox ORDER BY sequence"


@pytest.fixture
def rows(engine: AsyncEngine) -> Rows:
    """`await rows("SELECT …")`: rows of the database, as dictionaries."""

    async def ask(query: str) -> list[dict[str, Any]]:
        async with engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(query))).mappings()]

    return ask


@pytest.fixture
def door(engine: AsyncEngine, clean_database: None) -> Door:
    """The door itself."""
    return Door(engine, identity_key=IDENTITY_KEY.encode(), currency="USD")


def reading(*items: Any, error: Exception | None = None) -> ShopAdapter:
    """A shop system that reads these items from any delivery, or whose adapter fails."""

    def read(_: WebhookDelivery) -> tuple[Any, ...]:
        if error:
            raise error
        return items

    return replace(SHOPIFY, read=read, topic=lambda _: "t" * 200)


async def test_a_delivery_whose_adapter_fails_is_kept_raw(door: Door, rows: Rows) -> None:
    outcome = await receive(door, reading(error=KeyError("ada@example.com")), WebhookDelivery(b"raw"))
    assert outcome.refused == ("body: the adapter failed with KeyError",)
    assert [(row["status"], row["raw"], row["topic"]) for row in await rows(INBOX)] == [("REFUSED", b"raw", "t" * 100)]


async def test_a_second_reading_accepts_what_was_missing_and_ignores_duplicates(door: Door, rows: Rows) -> None:
    first = await receive(
        door, reading(IncomingEvent(visit("v-1")), IncomingEvent({"type": "?"})), WebhookDelivery(b"raw")
    )
    again = await receive(
        door, reading(IncomingEvent(visit("v-1")), IncomingEvent(visit("v-2"))), WebhookDelivery(b"raw")
    )
    assert (len(first.accepted), len(first.refused)) == (1, 1)
    assert ([accepted.event_id for accepted in again.accepted], again.refused) == (["v-1", "v-2"], ())
    assert [row["status"] for row in await rows(INBOX)] == ["RECEIVED", "REFUSED", "RECEIVED"]


async def test_an_unusable_delivery_is_skipped(door: Door, rows: Rows) -> None:
    outcome = await receive(door, reading(UnusableDelivery("u-1", "a test order")), WebhookDelivery(b"raw"))
    assert outcome.skipped == ("a test order",)
    assert [(row["event_id"], row["status"], row["raw"]) for row in await rows(INBOX)] == [("u-1", "SKIPPED", None)]


async def test_a_delivery_that_postgresql_cannot_store_is_kept_raw(door: Door, rows: Rows, database_url: str) -> None:
    # The row for the delivery itself goes into the same table, so only the event is made to fail.
    unstorable = IncomingEvent({**visit(), "name": "Ada"})
    with failing_table(database_url, "event_inbox", UNTRANSLATABLE_CHARACTER, when="NEW.type = 'VISITED'"):
        outcome = await receive(door, reading(unstorable), WebhookDelivery(b"raw"))
    assert outcome.refused == ("body: contains a value that cannot be stored",)
    assert [row["raw"] for row in await rows(INBOX)] == [b"raw"]
