"""Discarding events: all of them or none."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.access.errors import NotAllowed, NotFound, OperationError
from operations.inbox.discard import discard_events
from tests.fixtures.postgres import connect
from tests.operations.inbox.conftest import PutEvent

Statuses = Callable[[], Awaitable[dict[str, str]]]
APPLIES_THE_OTHER = b"""
    CREATE FUNCTION apply_the_other() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE event_inbox SET status = 'APPLIED' WHERE event_id = 'e-2';
      RETURN NULL;
    END $$;
    CREATE TRIGGER apply_the_other AFTER UPDATE ON event_inbox
    FOR EACH ROW WHEN (NEW.event_id = 'e-1') EXECUTE FUNCTION apply_the_other()
"""
"""While the first event is discarded, the workflow applies the second."""


async def test_open_events_are_discarded(put: PutEvent, engine: AsyncEngine, statuses: Statuses) -> None:
    await put("e-1")
    await put("e-2")
    assert await discard_events(engine, ["e-2"], "a test order") == ["e-2"]
    assert await statuses() == {"e-1": "REFUSED", "e-2": "DISCARDED"}


async def test_an_event_that_is_applied_meanwhile_is_not_reported_as_discarded(
    put: PutEvent, engine: AsyncEngine, statuses: Statuses, database_url: str
) -> None:
    await put("e-1")
    await put("e-2", "RECEIVED")
    with connect(database_url) as connection:
        connection.execute(APPLIES_THE_OTHER)
        try:
            assert await discard_events(engine, ["e-1", "e-2"], "a test order") == ["e-1"]
        finally:
            connection.execute("DROP FUNCTION apply_the_other CASCADE")
    assert await statuses() == {"e-1": "DISCARDED", "e-2": "APPLIED"}


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
