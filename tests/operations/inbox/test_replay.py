"""Replaying refused events, with their stored bytes or a corrected body."""

import json
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from intake.door.door import Door
from operations.access.errors import NotAllowed, NotFound
from operations.inbox.replay import ReplayOutcome, replay_events
from tests.operations.inbox.conftest import PutEvent

Statuses = Callable[[], Awaitable[dict[str, str]]]
VISIT = {"type": "VISITED", "customer_email": "ada@example.com", "occurred_at": "2026-11-22T10:15:00Z"}
WRONG = json.dumps({**VISIT, "phone": "x" * 100}).encode()
RIGHT = json.dumps(VISIT).encode()


@pytest.fixture
def door(engine: AsyncEngine) -> Door:
    """The door of a shop that counts in dollars."""
    return Door(engine, identity_key=b"0123456789abcdef", currency="USD")


async def test_what_is_still_wrong_stays_refused_with_its_reason(
    put: PutEvent, engine: AsyncEngine, door: Door, statuses: Statuses
) -> None:
    await put("e-1", raw=WRONG)
    [outcome] = await replay_events(engine, door, None)
    assert (outcome.became, outcome.reason) == ("refused", "phone: must have at most 32 characters")
    assert await statuses() == {"e-1": "REFUSED"}


async def test_a_corrected_body_is_accepted_as_a_new_event(
    put: PutEvent, engine: AsyncEngine, door: Door, statuses: Statuses
) -> None:
    await put("e-1", raw=WRONG)
    [tried] = await replay_events(engine, door, ["e-1"], RIGHT, dry_run=True)
    assert await statuses() == {"e-1": "REFUSED"}
    [done] = await replay_events(engine, door, ["e-1"], RIGHT)
    assert tried == done
    assert done.became == "replayed"
    assert await statuses() == {"e-1": "DISCARDED", done.new_ids[0]: "RECEIVED"}


async def test_an_event_that_is_not_applied_yet_is_signalled_at_once(
    put: PutEvent, engine: AsyncEngine, door: Door
) -> None:
    await put("e-1", "RECEIVED", body=json.dumps(VISIT))
    assert await replay_events(engine, door, ["e-1"]) == [ReplayOutcome("e-1", "due")]


async def test_only_a_refused_event_can_be_corrected(put: PutEvent, engine: AsyncEngine, door: Door) -> None:
    await put("e-1", "RECEIVED", body=json.dumps(VISIT))
    with pytest.raises(NotAllowed, match="only a REFUSED event can be corrected"):
        await replay_events(engine, door, ["e-1"], RIGHT)


async def test_an_event_that_is_final_or_unknown_cannot_be_replayed(
    put: PutEvent, engine: AsyncEngine, door: Door
) -> None:
    await put("e-1", "DISCARDED")
    with pytest.raises(NotAllowed):
        await replay_events(engine, door, ["e-1"])
    with pytest.raises(NotFound):
        await replay_events(engine, door, ["unknown"])
