"""The switch: stops, their order, and what is said of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.messages.sending import (
    describe_stop,
    describe_waiting,
    sending_status,
    start_sending,
    stop_sending,
)

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("clean_database")


async def test_a_stop_lasts_until_sending_is_started_again(engine: AsyncEngine) -> None:
    stopped = await stop_sending(engine, "MARKETING", "wrong prices", NOW)
    assert [(stop.scope, stop.reason, stop.stopped_at) for stop in stopped.stops] == [
        ("MARKETING", "wrong prices", NOW)
    ]
    assert await sending_status(engine) == stopped
    assert (await start_sending(engine)).stops == ()
    assert (await start_sending(engine)).stops == ()


async def test_a_repeated_stop_keeps_its_time_and_its_reason(engine: AsyncEngine) -> None:
    first = await stop_sending(engine, "MARKETING", "wrong prices", NOW)
    assert await stop_sending(engine, "MARKETING", None, NOW + timedelta(hours=1)) == first
    changed = await stop_sending(engine, "MARKETING", "and a typo", NOW + timedelta(hours=1))
    assert changed.stops == (replace(first.stops[0], reason="and a typo"),)


async def test_a_stop_of_everything_comes_first(engine: AsyncEngine) -> None:
    await stop_sending(engine, "MARKETING", "wrong prices", NOW)
    status = await stop_sending(engine, "ALL", None, NOW)
    assert [describe_stop(stop) for stop in status.stops] == [
        "all sending is stopped since 2026-11-22 10:15 UTC",
        "marketing is stopped since 2026-11-22 10:15 UTC: wrong prices",
    ]


async def test_what_waits_is_described_and_what_is_on_its_way_too(engine: AsyncEngine) -> None:
    nothing = await sending_status(engine)
    assert describe_waiting(nothing) == ["0 messages wait for their time or for a start, 0 of them marketing"]
    busy = replace(nothing, marketing_waiting=2, transactional_waiting=1, on_their_way=4)
    assert describe_waiting(busy) == [
        "3 messages wait for their time or for a start, 2 of them marketing",
        "4 messages are already on their way to a provider: no stop holds them",
    ]
