"""More signals to one customer than a run may take."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest
from temporalio.service import RPCError, RPCStatusCode

from tests.faults.checks import assert_applied_once, failures, runs, until_applied
from tests.fixtures.shop import SKILLET, Shop

AT_ONCE = 50


@pytest.mark.slow
async def test_twelve_thousand_signals_wait_for_a_worker(shop: Shop) -> None:
    """The server takes 10,000 into one run; the rest is refused until the next run, and redelivered."""
    await _burst(shop, carts=11_600, orders=400)


async def _burst(shop: Shop, carts: int, orders: int) -> None:
    every = carts // orders
    paid, events = [], []
    for number in range(orders):
        order = {"order_id": f"{number}", "total": "1.00", "currency": "USD", "cart_id": f"c-{number}"}
        paid.append(shop.event("ORDER_PAID", order=order))
        cart = {"cart_id": f"c-{number}", "items": [SKILLET]}
        events += [shop.event("CART_UPDATED", cart=cart) for _ in range(every)] + [paid[-1]]
    places = asyncio.Semaphore(AT_ONCE)
    worker_needed = asyncio.Event()

    async def tell(event: dict[str, object]) -> None:
        async with places:
            while True:
                try:
                    await shop.storefront.send(event)
                except RPCError as error:
                    if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                        raise
                    worker_needed.set()
                    await asyncio.sleep(0.5)
                else:
                    return

    telling = asyncio.create_task(_all(tell, events))
    await asyncio.wait([telling, asyncio.create_task(worker_needed.wait())], return_when=asyncio.FIRST_COMPLETED)
    async with shop.worker():
        await telling
        await until_applied(shop, paid, patience=150)
        await assert_applied_once(shop, paid)
        story = await runs(shop)
    assert len(story) > 1
    assert [failure for run in story for failure in failures(run)] == []


async def _all(
    tell: Callable[[dict[str, object]], Coroutine[None, None, None]], events: list[dict[str, object]]
) -> None:
    await asyncio.gather(*(tell(event) for event in events))
