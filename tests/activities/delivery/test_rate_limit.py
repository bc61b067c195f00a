"""Sending rates hold for all workers together."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.delivery import WAITING, MessageDelivery
from activities.delivery.build import build_delivery
from activities.delivery.rate_limit import RateLimit
from db.engine.connections import create_engine
from db.messages.sending_rates import defer, take_turn
from lifecycle.messages import MessageStatus
from settings import Settings
from tests.activities.delivery.conftest import NOW, PostOffice
from tests.fixtures.shop import new_shop
from worker import build_worker

FAR = timedelta(days=1)


@pytest.fixture
async def other(clean_database: None, engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """The engine of another worker."""
    other = create_engine(engine.url.render_as_string(hide_password=False))
    yield other
    await other.dispose()


async def test_turns_of_all_workers_are_evenly_spaced(engine: AsyncEngine, other: AsyncEngine) -> None:
    interval = timedelta(seconds=10)
    turns = await asyncio.gather(*(take_turn((engine, other)[n % 2], "smtp", interval, FAR) for n in range(60)))

    moments = sorted(turn.at for turn in turns if turn)
    assert len(moments) == 60
    # All asked at once, long before their turns: each is an interval after the one before, no sooner and no later.
    assert {later - earlier for earlier, later in pairwise(moments)} == {interval}


async def test_unused_turns_are_not_saved_up(engine: AsyncEngine, other: AsyncEngine) -> None:
    interval = timedelta(minutes=10)
    await take_turn(engine, "smtp", interval, FAR)
    async with engine.connect() as connection:
        await connection.execute(text("UPDATE sending_rates SET next_at = next_at - interval '1 hour'"))
    first = await take_turn(engine, "smtp", interval, FAR)
    second = await take_turn(other, "smtp", interval, FAR)
    assert first is not None
    assert second is not None
    assert first.ahead == timedelta()
    assert second.ahead > timedelta()
    assert second.at - first.at == interval


async def test_providers_do_not_wait_for_each_other(engine: AsyncEngine, other: AsyncEngine) -> None:
    await take_turn(engine, "smtp", FAR, FAR)
    turn = await take_turn(engine, "twilio", FAR, FAR)
    assert turn is not None
    assert turn.ahead == timedelta()


async def test_a_distant_turn_is_not_taken(engine: AsyncEngine, other: AsyncEngine) -> None:
    interval, near = timedelta(seconds=60), timedelta(seconds=3)
    assert await take_turn(engine, "smtp", interval, near)
    assert await take_turn(other, "smtp", interval, near) is None
    [row] = (await _rows(engine)).values()
    assert await take_turn(engine, "smtp", interval, near) is None
    assert (await _rows(engine))["smtp"] == row


async def test_deferred_messages_are_retried_one_by_one(engine: AsyncEngine, other: AsyncEngine) -> None:
    interval = timedelta(seconds=60)
    await take_turn(engine, "smtp", interval, FAR)
    pauses = sorted(await asyncio.gather(*(defer((engine, other)[n % 2], "smtp", interval) for n in range(20))))
    assert pauses[0] > interval
    assert all(later - earlier > interval * 0.9 for earlier, later in pairwise(pauses))


@pytest.mark.parametrize("per_second", [0.5, 3, 7, 14, 10_000])
def test_a_rate_is_never_rounded_up(engine: AsyncEngine, per_second: float) -> None:
    assert 1 / RateLimit(engine, "smtp", per_second).interval.total_seconds() <= per_second


async def test_a_near_turn_is_waited_for(post: PostOffice, engine: AsyncEngine) -> None:
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    post.limits = {"EMAIL": RateLimit(engine, "smtp", 0.5, sleep=note)}
    await post.plan()
    await take_turn(engine, "smtp", timedelta(seconds=2), FAR)

    assert (await post.deliver()).status == MessageStatus.SENT

    [seconds] = waited
    assert 0 < seconds <= 2
    assert len(post.received()) == 1


async def test_a_message_behind_many_others_is_deferred_without_a_claim(post: PostOffice, engine: AsyncEngine) -> None:
    post.limits = {"EMAIL": RateLimit(engine, "smtp", 1 / 60)}
    await post.plan()
    await take_turn(engine, "smtp", timedelta(minutes=10), FAR)

    outcome = await post.deliver()

    assert (outcome.status, outcome.detail) == (WAITING, "sending rate")
    assert outcome.until is not None
    assert timedelta(minutes=9) < outcome.until - NOW < timedelta(minutes=12)
    row = await post.row()
    assert (row["status"], row["due_at"], row["reason"]) == ("PLANNED", outcome.until, "sending rate")
    assert row["lease_until"] is None
    assert post.received() == []


async def test_no_message_is_deferred_beyond_its_expiry(post: PostOffice, engine: AsyncEngine) -> None:
    post.limits = {"EMAIL": RateLimit(engine, "smtp", 1 / 60)}
    await post.plan(message={"expires_at": NOW + timedelta(minutes=5)})
    await take_turn(engine, "smtp", timedelta(minutes=10), FAR)
    outcome = await post.deliver()
    assert outcome.until == NOW + timedelta(minutes=5)
    assert (await post.deliver(now=outcome.until)).status == MessageStatus.SKIPPED


async def test_a_skipped_message_takes_no_turn(post: PostOffice, engine: AsyncEngine) -> None:
    post.limits = {"EMAIL": RateLimit(engine, "smtp", 1)}
    await post.plan(profile={"consent_email": False})
    assert (await post.deliver()).status == MessageStatus.SKIPPED
    assert await _rows(engine) == {}


async def test_sms_and_email_have_separate_rates(post: PostOffice, engine: AsyncEngine) -> None:
    post.limits = {"SMS": RateLimit(engine, "twilio", 1)}
    await post.plan()
    assert (await post.deliver()).status == MessageStatus.SENT
    assert await _rows(engine) == {}


async def test_every_message_of_a_burst_is_sent_in_the_end(
    clean_database: None,
    engine: AsyncEngine,
    temporal: Client,
    tmp_path: Path,
    database_url: str,
) -> None:
    """No turn is waited for in the activity, so that all but the first are deferred and retried by workflow timers."""
    readers = [f"reader-{number}@example.com" for number in range(4)]
    async with new_shop(temporal, engine, database_url, tmp_path) as shop:
        await shop.campaigns("order-confirmation")
        async with build_worker(temporal, engine, shop.settings, _delivery_without_waits):
            await asyncio.gather(*(shop.order(f"o-{email}", email=email) for email in readers))
            messages = [(await shop.until_sent(1, email))[0] for email in readers]
    decided = [decision["reason"] for message in messages for decision in message["decisions"]]
    assert "sending rate" in decided
    assert len(shop.mail.messages()) == 4


def _delivery_without_waits(engine: AsyncEngine, settings: Settings) -> MessageDelivery:
    return build_delivery(engine, settings, limits={"EMAIL": RateLimit(engine, "smtp", 2, max_wait=timedelta())})


async def _rows(engine: AsyncEngine) -> dict[str, object]:
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT provider, next_at FROM sending_rates"))
        return {row.provider: row.next_at for row in found}
