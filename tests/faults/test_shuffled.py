"""Events that come twice, in any order, and late: the customer is the fold of the distinct ones."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from activities.profiles import OpenRequest, OrderProcessor
from intake.signals.immediate_intake import ImmediateIntake
from lifecycle.facts import fact_of
from lifecycle.history import of_facts
from lifecycle.policy import Policy
from retention_client.events import parse_event
from retention_client.storefront import StorefrontClient
from tests.faults.checks import Event, assert_applied_once, until_applied
from tests.fixtures.shop import ADA, SKILLET, Shop

LIFE = [(600, "300.00"), (590, "300.00"), (480, "20.00"), (470, "40.00"), (280, "80.00"), (275, "9.00"), (60, "5.00")]
"""Days ago and total: a VIP, at risk, a VIP again, lost, won back, a VIP once more, lost, and back since 60 days."""


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_duplicated_and_shuffled(shop: Shop, seed: int) -> None:
    random = Random(seed)
    events = _orders(shop, LIFE)
    delivered = [*events, *random.choices(events, k=20)]
    random.shuffle(delivered)
    doors: list[ImmediateIntake | StorefrontClient] = [shop.storefront, _around_the_inbox(shop)]
    async with shop.worker():
        # In handfuls: some of the same moment, some of different runs of the main loop.
        for begin in range(0, len(delivered), 4):
            handful = delivered[begin : begin + 4]
            await asyncio.gather(*(random.choice(doors).send(event) for event in handful))
        await until_applied(shop, events)
        await shop.quiet()
        await assert_applied_once(shop, events)
        assert (await shop.profile())["state"] == _folded_state(events) == "REACTIVATED"


async def test_one_that_is_older_than_all_that_is_remembered(shop: Shop) -> None:
    """A workflow keeps a hundred facts one by one. What came before them takes the ledger, from that time on.

    After a hundred days without an order the VIP, who had money back, became a REPEAT. But there had been orders.
    """
    vip = _orders(shop, [(400, "300.00"), (399, "300.00")])
    back = {"order_id": "0", "refund_id": "r", "amount": "200.00"}
    refund = shop.event("ORDER_REFUNDED", at=datetime.now(UTC) - timedelta(days=398), **back)
    small = _orders(shop, [(299 - 2 * number, "0.10") for number in range(140)], first=2)
    late = _orders(shop, [(340, "0.10"), (350, "0.10")], first=200)
    async with shop.worker():
        await asyncio.gather(*(shop.storefront.send(event) for event in [*vip, refund, *small]))
        await until_applied(shop, [*vip, refund, *small])
        await shop.quiet()
        before = await shop.profile()
        assert before["state"] == "REPEAT"
        for event in late:
            await shop.storefront.send(event)
        whole = [*vip, refund, *small, *late]
        await until_applied(shop, whole)
        await shop.quiet()
        await assert_applied_once(shop, whole)
        profile = await shop.profile()
        assert profile["state"] == _folded_state(whole) == "VIP"
        assert profile["epoch"] > before["epoch"]


async def test_an_epoch_that_somebody_else_took(shop: Shop) -> None:
    """The next write conflicts; the workflow loads the ledger and applies what it was about to write."""
    events = _orders(shop, LIFE)
    async with shop.worker():
        await shop.storefront.send(events[0])
        await until_applied(shop, events[:1])
        for event in events[1:]:
            epoch = await _take_epoch(shop)
            await shop.storefront.send(event)
            await until_applied(shop, [event])
            assert (await shop.profile())["epoch"] == epoch + 1
        await shop.quiet()
        await assert_applied_once(shop, events)


async def test_an_epoch_taken_with_cart_and_messages_at_hand(shop: Shop) -> None:
    """What only the workflow knows survives a conflict: the open cart, and what is planned."""
    await shop.campaigns("vip-welcome")
    async with shop.worker():
        await shop.order("1", total="300.00")
        await shop.order("2", total="300.00")
        await shop.cart("c-1", SKILLET)
        await shop.until_state("VIP")
        await shop.quiet()
        before = await shop.profile()
        await _take_epoch(shop)
        shipped = shop.event("CUSTOM", name="shipped")
        await shop.storefront.send(shipped)
        await until_applied(shop, [shipped])
        await shop.quiet()
        after = await shop.profile()
    assert after["epoch"] == before["epoch"] + 2
    assert (after["open_carts"], after["coming"]) == (["c-1"], before["coming"])
    assert len(before["coming"]) == 3


def _orders(shop: Shop, paid: Iterable[tuple[float, str]], first: int = 0) -> list[Event]:
    """Paid orders, each so many days ago and of such a total."""
    now = datetime.now(UTC)
    return [
        shop.event(
            "ORDER_PAID",
            order={"order_id": f"{number}", "total": total, "currency": "USD", "items": [SKILLET]},
            at=now - timedelta(days=days),
        )
        for number, (days, total) in enumerate(paid, first)
    ]


def _folded_state(events: list[Event]) -> str:
    facts = [fact for event in events if (fact := fact_of(parse_event(event, currency="USD")))]
    return of_facts(facts, datetime.now(UTC), Policy()).current.state.value


async def _take_epoch(shop: Shop) -> int:
    """Do what a second run of the same customer would do."""
    request = OpenRequest(shop.storefront.customer_id(ADA), ADA, datetime.now(UTC))
    opened = await OrderProcessor(shop.engine, shop.settings.policy()).open(request)
    epoch: int = opened.customer["epoch"]
    return epoch


def _around_the_inbox(shop: Shop) -> StorefrontClient:
    assert shop.settings.identity_key is not None
    return StorefrontClient(
        shop.client,
        identity_key=shop.settings.identity_key.get_secret_value().encode(),
        task_queue=shop.settings.task_queue,
    )
