"""A year of one customer on the real server, its clock skipped: what it costs, and how much history lies open."""

from datetime import datetime, timedelta
from typing import Any

from temporalio.api.history.v1 import HistoryEvent

from tests.budgets.cost import cost
from tests.fixtures.shop import SKILLET, Shop

MOST_ACTIONS = 48
MOST_OPEN_BYTES = 6 * 1024

KETTLE: dict[str, Any] = {"sku": "KETTLE", "name": "Copper Kettle", "quantity": 1, "unit_price": "120.00"}


async def test_a_customer_year(capped_shop: Shop) -> None:
    shop = capped_shop
    await shop.campaigns("order-confirmation", "abandoned-cart", "care-guide", "vip-welcome")
    for order, (item, pause) in enumerate([(SKILLET, 20), (KETTLE, 60), (SKILLET, 50)], start=1):
        await _cart_and_order(shop, f"{order}", item)
        await shop.fast_forward(timedelta(days=pause))
    # The abandoned cart: one nudge, and it is bought before the second.
    await shop.cart("c-4", KETTLE)
    await shop.cart("c-4", KETTLE, SKILLET)
    await shop.fast_forward(timedelta(hours=2))
    await shop.order("4", total="150.00", cart_id="c-4", items=[KETTLE])
    await shop.fast_forward(timedelta(days=40))
    # A last cart that is emptied in time.
    await shop.cart("c-5", SKILLET)
    await shop.cart("c-5")
    await shop.fast_forward(timedelta(days=45))

    sent = [m["slug"] for m in await shop.messages() if m["status"] == "SENT"]
    assert sorted(sent) == [
        "abandoned-cart",
        *["care-guide"] * 2,
        *["order-confirmation"] * 4,
        "vip-welcome",
    ]
    runs = await _runs(shop)
    actions, mean = sum(cost(run).actions for run in runs), _mean_open_bytes(runs)
    print(f"customer-year: {actions} actions, {mean:.0f} bytes of history open on average")
    assert actions <= MOST_ACTIONS
    assert mean <= MOST_OPEN_BYTES


async def _cart_and_order(shop: Shop, order: str, item: dict[str, Any]) -> None:
    await shop.cart(f"c-{order}", item)
    await shop.fast_forward(timedelta(minutes=10))
    await shop.cart(f"c-{order}", item, item)
    await shop.order(order, total="180.00", cart_id=f"c-{order}", items=[item])


async def _runs(shop: Shop) -> list[list[HistoryEvent]]:
    """The histories of all runs, the first one first."""
    runs = [await shop.history()]
    while run_id := runs[0][0].workflow_execution_started_event_attributes.continued_execution_run_id:
        earlier = shop.client.get_workflow_handle(shop.handle().id, run_id=run_id)
        runs.insert(0, list((await earlier.fetch_history()).events))
    return runs


def _mean_open_bytes(runs: list[list[HistoryEvent]]) -> float:
    """The bytes of open history, averaged over the time they lay open."""
    weighted, begin = 0.0, runs[0][0].event_time.ToDatetime()
    end = begin
    for run in runs:
        size, since = 0, run[0].event_time.ToDatetime()
        for event in run:
            at: datetime = event.event_time.ToDatetime()
            weighted += size * (at - since).total_seconds()
            size, since = size + event.ByteSize(), at
        end = since
    return weighted / (end - begin).total_seconds()
