"""Discarding events: all of them or none."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.access.errors import NotAllowed, NotFound, OperationError
from operations.inbox.discard import discard_events
from tests.operations.inbox.conftest import PutEvent

Statuses = Callable[[], Awaitable[dict[str, str]]]


async def test_open_events_are_discarded(put: PutEvent, engine: AsyncEngine, statuses: Statuses) -> None:
    await put("e-1")
    await put("e-2")
    assert await discard_events(engine, ["e-2"], "a test order") == ["e-2"]
    assert await statuses() == {"e-1": "REFUSED", "e-2": "DISCARDED"}


@pytest.mark.parametrize(("event_id", "error"), [("e-2", NotAllowed), ("unknown", NotFound)])
async def test_one_event_that_cannot_be_discarded_prevents_all(
    put: PutEvent, engine: AsyncEngine, statuses: Statuses, event_id: str, error: type[OperationError]
) -> None:
    await put("e-1")
    await put("e-2", "DISCARDED")
    with pytest.raises(error) as refused:
        await discard_events(engine, ["e-1", event_id], "a test order")
    assert refused.value.field == "event_id"
    assert (await statuses())["e-1"] == "REFUSED"
