"""The storefront client that a shop's own tests use."""

import pytest

from retention_client.events import InvalidEvent
from retention_client.testing import RecordingStorefront

VISIT = {
    "type": "VISITED",
    "event_id": "v-1",
    "customer_email": "ada@example.com",
    "occurred_at": "2026-11-22T10:15:00Z",
}


async def test_it_keeps_what_it_was_told_once() -> None:
    storefront = RecordingStorefront()
    first, again = await storefront.send(VISIT), await storefront.send(VISIT)
    assert (first.duplicate, again.duplicate) == (False, True)
    assert [event.event_id for event in storefront.events] == ["v-1"]


async def test_it_refuses_what_the_real_one_refuses() -> None:
    storefront = RecordingStorefront()
    with pytest.raises(InvalidEvent, match="customer_email"):
        await storefront.send({**VISIT, "customer_email": "nobody"})
    assert not storefront.events
