"""PostgreSQL goes away under load and comes back: what was accepted is applied, once, and no history grows fat."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from retention_client.storefront import StorefrontClient
from tests.faults.campaigns import RECEIPT
from tests.faults.checks import Event, assert_applied_once, failures, runs, until_applied
from tests.faults.conftest import Premises
from tests.faults.mailbox import subjects
from tests.fixtures.shop import PATIENCE, SKILLET, eventually
from workflows import customer, timeouts

MOST_EVENTS_OF_AN_ORDER = 6
"""As without any outage."""

MOST_EVENTS_OF_AN_OUTAGE = 12
"""What failed locally, and what the server then tries by itself, which costs nothing while it fails."""


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails locally is handed to the server after a second."""
    quickly = replace(timeouts.LOCAL_RETRY, maximum_interval=timedelta(milliseconds=200))
    monkeypatch.setattr(timeouts, "LOCAL_RETRY", quickly)


@pytest.fixture
def impatient(hasty: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the server gives up after another one, instead of after minutes."""
    monkeypatch.setattr(timeouts, "PERSISTENCE_LIMIT", timedelta(seconds=1))
    monkeypatch.setattr(customer, "FIRST_RETRY", timedelta(seconds=1))


@pytest.mark.slow
async def test_for_a_few_seconds(premises: Premises) -> None:
    async with premises.shop.worker():
        await _orders_around_an_outage(premises, "brief", seconds=7, customers=4, orders=6)


@pytest.mark.slow
async def test_for_a_minute(premises: Premises) -> None:
    async with premises.shop.worker():
        await _orders_around_an_outage(premises, "long", seconds=60, customers=20, orders=12)


async def test_for_longer_than_a_workflow_tries(premises: Premises, impatient: None) -> None:
    """Then the customer says what is wrong, keeps the signals, and tries again later."""
    shop, email = premises.shop, "patient@example.com"
    await shop.apply([RECEIPT])
    events = [_order(premises, email, number) for number in range(3)]
    async with shop.worker():
        await shop.storefront.send(events[0])
        await shop.until_sent(1, email)
        async with premises.outage():
            for event in events[1:]:
                await _directly(premises).send(event)
            async with asyncio.timeout(PATIENCE):
                profile = await eventually(lambda: shop.profile(email), lambda profile: profile["trouble"] is not None)
            assert profile["trouble"].startswith("PostgreSQL did not accept a write")
            assert profile["order_count"] == 1
        await until_applied(shop, events, email)
        await shop.until_sent(3, email)
        await shop.quiet(email)
        await assert_applied_once(shop, events, email)
        assert (await shop.profile(email))["trouble"] is None
    assert subjects(premises.mail, email) == {f"Receipt {email}-{number}": 1 for number in range(3)}


async def test_a_cancellation_meanwhile_is_not_forgotten(premises: Premises, hasty: None) -> None:
    shop, email = premises.shop, "leaving@example.com"
    events = [_order(premises, email, number) for number in range(4)]
    async with shop.worker():
        await shop.storefront.send(events[0])
        await until_applied(shop, events[:1], email)
        async with premises.outage():
            await _directly(premises).send(events[1])
            # The write has failed locally and is tried through the server now, so that the cancellation interrupts it.
            await eventually(lambda: _activities(premises, email), lambda count: count > 0)
            await shop.handle(email).cancel()
            await _directly(premises).send(events[2])
        await eventually(lambda: _status(premises, email), lambda status: status == "CANCELED")
        await until_applied(shop, events[:3], email)
        await shop.storefront.send(events[3])
        await until_applied(shop, events, email)
        await shop.quiet(email)
        await assert_applied_once(shop, events, email)


async def _orders_around_an_outage(
    premises: Premises, name: str, *, seconds: float, customers: int, orders: int
) -> None:
    """A third of the orders before, a third while PostgreSQL is away, a third after it came back."""
    shop, third = premises.shop, orders // 3
    emails = [f"{name}-{number}@example.com" for number in range(customers)]
    events = {email: [_order(premises, email, number) for number in range(orders)] for email in emails}
    sending = _directly(premises)
    await _send(sending, [event for email in emails for event in events[email][:third]], shuffled_by=1)
    async with premises.outage():
        meanwhile = [event for email in emails for event in events[email][third : 2 * third]]
        await _send(sending, meanwhile, shuffled_by=2, over_seconds=seconds)
    await _send(sending, [event for email in emails for event in events[email][2 * third :]], shuffled_by=3)
    for email in emails:
        await until_applied(shop, events[email], email, patience=120)
        await shop.quiet(email)
        await assert_applied_once(shop, events[email], email)
        histories = await runs(shop, email)
        assert [failures(run) for run in histories] == [[]] * len(histories)
        assert sum(map(len, histories)) <= orders * MOST_EVENTS_OF_AN_ORDER + MOST_EVENTS_OF_AN_OUTAGE


async def _send(
    storefront: StorefrontClient, events: list[Event], *, shuffled_by: int, over_seconds: float = 0
) -> None:
    Random(shuffled_by).shuffle(events)
    for event in events:
        await storefront.send(event)
        await asyncio.sleep(over_seconds / len(events))


def _directly(premises: Premises) -> StorefrontClient:
    """A storefront that signals around the inbox, which is in PostgreSQL."""
    settings = premises.shop.settings
    assert settings.identity_key is not None
    return StorefrontClient(
        premises.shop.client,
        identity_key=settings.identity_key.get_secret_value().encode(),
        task_queue=settings.task_queue,
    )


def _order(premises: Premises, email: str, number: int) -> Event:
    order = {"order_id": f"{email}-{number}", "total": "20.00", "currency": "USD", "items": [SKILLET]}
    return premises.shop.event("ORDER_PAID", email, order=order)


async def _activities(premises: Premises, email: str) -> int:
    """How many activities of the customer are under way or waiting for their next attempt."""
    described = await premises.shop.handle(email).describe()
    return len(described.raw_description.pending_activities)


async def _status(premises: Premises, email: str) -> str | None:
    status = (await premises.shop.handle(email).describe()).status
    return status.name if status is not None else None
