"""The client that signals Temporal itself."""

from typing import Any

import pytest
from temporalio.client import Client

from retention_client import EventSender, InvalidEvent, RetentionError, StorefrontClient, TemporalUnreachable
from tests.fixtures.shop import ADA, Shop
from workflows.connection import data_converter


def direct(shop: Shop, client: Client | None = None, **options: Any) -> StorefrontClient:
    """A client that knows nothing of the inbox."""
    assert shop.settings.identity_key is not None
    key = options.pop("identity_key", shop.settings.identity_key.get_secret_value())
    return StorefrontClient(client or shop.client, identity_key=key, task_queue=shop.settings.task_queue, **options)


async def test_a_signal_starts_the_customer_and_is_applied_once(open_shop: Shop) -> None:
    shop = open_shop
    sender: EventSender = direct(shop)
    event = shop.event("ORDER_PAID", order={"order_id": "1", "total": "10.00", "currency": "USD"})
    result = await sender.send(event)
    assert (result.event_id, result.status) == (event["event_id"], "accepted")
    await sender.send(event)
    await shop.until_state("CUSTOMER")
    await shop.quiet()
    (row,) = await shop.rows("SELECT event_id, status, body FROM event_inbox")
    assert (row["event_id"], row["status"]) == (event["event_id"], "APPLIED")
    assert row["body"]["order"] == {"order_id": "1", "total": "10.00", "currency": "USD", "items": []}


async def test_a_batch_has_a_result_for_each_event(open_shop: Shop) -> None:
    shop = open_shop
    orders = [{"order_id": str(number), "total": "10.00", "currency": "USD"} for number in range(3)]
    events = [shop.event("ORDER_PAID", order=order) for order in orders]
    events[1]["order"]["currency"] = "EUR"
    results = await direct(shop).send_batch(events)
    assert [result.status for result in results] == ["accepted", "refused", "accepted"]
    assert results[1].error is not None
    assert results[1].error.field == "order.currency"
    await shop.until_state("REPEAT")


async def test_payloads_are_encrypted_when_the_clients_converter_is(shop: Shop) -> None:
    converter = data_converter({"key": b"k" * 32})
    secret = Client(**{**shop.client.config(), "data_converter": converter})  # type: ignore[arg-type]
    event = shop.event("VISITED", name="Ada Lovelace")
    await direct(shop, secret).send(event)
    history = await shop.handle().fetch_history()
    described = await shop.handle().describe()
    plain = "\n".join(
        message.SerializeToString().decode("latin-1") for message in [*history.events, described.raw_description]
    )
    assert ADA not in plain
    assert "Lovelace" not in plain
    shop.client = secret
    async with Shop(secret, shop.engine, shop.mail, shop.settings).worker():
        await shop.until_state("VISITOR")
        (row,) = await shop.rows("SELECT body FROM event_inbox WHERE status = 'APPLIED'")
    assert row["body"]["name"] == "Ada Lovelace"


def test_the_identity_key_is_text_or_bytes(shop: Shop) -> None:
    ids = {direct(shop, identity_key=key).customer_id("Ada@Example.com") for key in ("a key", b"a key")}
    assert len(ids) == 1


async def test_a_wrong_event_is_not_sent(shop: Shop) -> None:
    with pytest.raises(InvalidEvent, match="occurred_at"):
        await direct(shop).send({**shop.event("VISITED"), "occurred_at": "yesterday"})


async def test_when_temporal_is_away_one_base_class_catches_it(shop: Shop) -> None:
    nowhere = await Client.connect("127.0.0.1:1", lazy=True)
    client = direct(shop, nowhere)
    with pytest.raises(RetentionError) as failed:
        await client.send(shop.event("VISITED"))
    assert isinstance(failed.value, TemporalUnreachable)
    with pytest.raises(TemporalUnreachable) as failed_batch:
        await client.send_batch([shop.event("VISITED"), {}])
    assert [result.status for result in failed_batch.value.results] == ["refused"]
