"""How often a worker and PostgreSQL wait for each other, counted on the wire."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine.connections import create_engine
from tests.budgets.wire import Wire
from tests.fixtures.shop import SKILLET, Shop, eventually
from worker import build_worker

MOST_PER_ORDER_WITH_MAIL = 6


@pytest.fixture
async def wire(shop: Shop) -> AsyncIterator[Wire]:
    """The way of a running worker to PostgreSQL; the shop's own questions go another."""
    async with Wire(shop.engine.url).open() as wire:
        engine = create_engine(wire.url.render_as_string(hide_password=False))
        async with build_worker(shop.client, engine, shop.settings):
            yield wire
        await engine.dispose()


async def test_an_order_with_one_mail(shop: Shop, wire: Wire) -> None:
    await shop.campaigns("order-confirmation")
    await _warm_up(shop)
    before = wire.round_trips
    await shop.order("second")
    await shop.until_sent(2)
    await shop.quiet()
    print(f"round trips of an order with one e-mail: {wire.round_trips - before}")
    assert 0 < wire.round_trips - before <= MOST_PER_ORDER_WITH_MAIL


async def test_an_order_without_a_campaign(shop: Shop, wire: Wire) -> None:
    await _warm_up(shop)
    before = wire.round_trips
    await shop.order("second")
    await shop.until_state("REPEAT")
    await shop.quiet()
    assert 0 < wire.round_trips - before <= 2


async def test_a_change_of_an_open_cart(shop: Shop, wire: Wire) -> None:
    await shop.cart("c-1", SKILLET)
    await shop.until_state("LEAD")
    before = await shop.quiet(), wire.round_trips
    await shop.cart("c-1", SKILLET, SKILLET)
    await eventually(shop.history, lambda history: len(history) > len(before[0]))
    await shop.quiet()
    assert wire.round_trips == before[1]


async def test_statements_on_the_wire_are_counted(shop: Shop, wire: Wire) -> None:
    engine: AsyncEngine = create_engine(wire.url.render_as_string(hide_password=False))
    async with engine.connect() as connection:
        await connection.exec_driver_sql("SELECT 1")
        before = wire.round_trips
        for _ in range(3):
            await connection.exec_driver_sql("SELECT 1")
    assert wire.round_trips - before == 3
    await engine.dispose()


async def _warm_up(shop: Shop) -> None:
    """The worker's connections are open, and the customer's workflow is in its cache."""
    await shop.order("first")
    await shop.until_state("CUSTOMER")
    await shop.quiet()
