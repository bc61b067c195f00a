"""The recording client that a shop's own tests use."""

import pytest

from retention_client import EventSender, GatewayUnavailable, InvalidEvent, Visited
from retention_client.testing import RecordingClient

VISIT = {
    "type": "VISITED",
    "event_id": "v-1",
    "customer_email": "Ada@example.com",
    "occurred_at": "2026-11-22T10:15:00Z",
}


async def test_it_records_each_event_once() -> None:
    client = RecordingClient()
    first, again = await client.send(VISIT), await client.send(VISIT)
    assert first == again
    assert first.status == "accepted"
    assert [event.event_id for event in client.events] == ["v-1"]


async def test_it_takes_models_and_validates_dictionaries_into_them() -> None:
    client = RecordingClient()
    await client.send(Visited.model_validate({**VISIT, "event_id": "v-2"}))
    await client.send(VISIT)
    assert [(event.event_id, event.customer_email) for event in client.events] == [
        ("v-2", "ada@example.com"),
        ("v-1", "ada@example.com"),
    ]
    assert client.customer_id("ADA@example.com") == client.customer_id("ada@example.com")


async def test_it_refuses_what_the_real_clients_refuse() -> None:
    client = RecordingClient()
    wrong = {**VISIT, "customer_email": "nobody"}
    with pytest.raises(InvalidEvent, match="customer_email"):
        await client.send(wrong)
    assert [result.status for result in await client.send_batch([wrong, VISIT])] == ["refused", "accepted"]
    assert len(client.events) == 1


async def test_it_fails_on_demand() -> None:
    async with RecordingClient() as client:
        client.fail_with = GatewayUnavailable("timeout", attempts=6)
        with pytest.raises(GatewayUnavailable):
            await client.send(VISIT)
        client.fail_with = None
        sender: EventSender = client
        await sender.send(VISIT)
    assert len(client.events) == 1
