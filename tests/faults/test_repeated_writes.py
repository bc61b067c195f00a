"""PostgreSQL has committed a write, and then whoever asked for it is lost: doing it again changes nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.faults.campaigns import OFFER, RECEIPT
from tests.faults.checks import Event, assert_applied_once, failures, runs, until_applied
from tests.faults.mailbox import subjects
from tests.fixtures.interception import ActivityAnswers
from tests.fixtures.shop import ADA, SKILLET, Shop

WRITE = "persist_change"


@pytest.fixture
def answers() -> ActivityAnswers:
    """What becomes of the activities' answers."""
    return ActivityAnswers()


@pytest.fixture
async def forgetful_shop(shop: Shop, answers: ActivityAnswers) -> AsyncIterator[Shop]:
    """A shop whose worker loses the answer to a write when a test says so."""
    await shop.apply([RECEIPT, OFFER])
    async with shop.worker(answers):
        yield shop


async def test_the_answer_is_lost(forgetful_shop: Shop, answers: ActivityAnswers) -> None:
    """The activity failed as far as anybody knows, and is tried again."""

    async def fail(_: Any) -> None:
        raise ConnectionResetError

    shop, events = forgetful_shop, [_order(forgetful_shop, number) for number in range(3)]
    async with _written_once_more(shop, events):
        await shop.storefront.send(events[0])
        await shop.until_sent(2)
        answers.change_once(WRITE, fail)
        await shop.storefront.send(events[1])
        await shop.until_sent(4)
        await shop.storefront.send(events[2])
        await shop.until_sent(6)
    assert (await shop.profile())["epoch"] == 1


async def test_the_workflow_task_is_lost(forgetful_shop: Shop, answers: ActivityAnswers) -> None:
    """The worker may as well have died: the task is done again from the history, by the same write."""

    async def say_nonsense(_: Any) -> str:
        return "nobody can read this"

    shop, events = forgetful_shop, [_order(forgetful_shop, number) for number in range(3)]
    async with _written_once_more(shop, events):
        await shop.storefront.send(events[0])
        await shop.until_sent(2)
        answers.change_once(WRITE, say_nonsense)
        await shop.storefront.send(events[1])
        await shop.until_sent(4)
        await shop.storefront.send(events[2])
        await shop.until_sent(6)
    assert (await shop.profile())["epoch"] == 1
    assert len([failure for run in await runs(shop) for failure in failures(run)]) == 1


async def test_the_workflow_task_is_lost_and_another_signal_has_come(
    forgetful_shop: Shop, answers: ActivityAnswers
) -> None:
    """Now the task that is done again has more to write than the one that was lost: both orders must be written."""
    shop, events = forgetful_shop, [_order(forgetful_shop, number) for number in range(3)]

    async def let_another_come_and_say_nonsense(_: Any) -> str:
        await shop.storefront.send(events[2])
        return "nobody can read this"

    async with _written_once_more(shop, events):
        await shop.storefront.send(events[0])
        await shop.until_sent(2)
        answers.change_once(WRITE, let_another_come_and_say_nonsense)
        await shop.storefront.send(events[1])
        await shop.until_sent(6)


@asynccontextmanager
async def _written_once_more(shop: Shop, events: list[Event]) -> AsyncIterator[None]:
    yield
    await until_applied(shop, events)
    await shop.quiet()
    await assert_applied_once(shop, events)
    steps = await shop.rows("SELECT from_state, to_state FROM state_transitions ORDER BY id")
    assert [step["to_state"] for step in steps] == ["CUSTOMER", "REPEAT", "VIP"]
    assert [row["revision"] for row in await shop.rows("SELECT revision FROM customer_profiles")] == [3]
    assert subjects(shop.mail, ADA) == {f"{kind} {number}": 1 for kind in ("Receipt", "Offer") for number in range(3)}


def _order(shop: Shop, number: int) -> Event:
    order = {"order_id": f"{number}", "total": "200.00", "currency": "USD", "items": [SKILLET]}
    return shop.event("ORDER_PAID", consent={"email": True}, order=order)
