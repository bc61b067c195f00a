"""What one event costs a customer's history."""

from tests.budgets.cost import Cost, cost, story
from tests.fixtures.shop import SKILLET, Shop


async def test_an_order_with_one_mail(open_shop: Shop) -> None:
    await open_shop.campaigns("order-confirmation")
    await open_shop.order("1")
    await open_shop.until_sent(1)
    before = await open_shop.quiet()
    await open_shop.order("2")
    await open_shop.until_sent(2)
    added = (await open_shop.quiet())[len(before) :]
    assert cost(added) == Cost(events=12, workflow_tasks=2, actions=4), story(added)


async def test_an_order_without_a_campaign(open_shop: Shop) -> None:
    await open_shop.order("1")
    await open_shop.until_state("CUSTOMER")
    before = await open_shop.quiet()
    await open_shop.order("2")
    await open_shop.until_state("REPEAT")
    added = (await open_shop.quiet())[len(before) :]
    assert cost(added) == Cost(events=6, workflow_tasks=1, actions=3), story(added)


async def test_a_change_of_an_open_cart(open_shop: Shop) -> None:
    await open_shop.cart("c-1", SKILLET)
    await open_shop.until_state("LEAD")
    before = await open_shop.quiet()
    await open_shop.cart("c-1", SKILLET, SKILLET)
    added = (await open_shop.quiet())[len(before) :]
    assert cost(added) == Cost(events=4, workflow_tasks=1, actions=1), story(added)


async def test_a_burst_of_cart_changes_starts_no_timer(open_shop: Shop) -> None:
    await open_shop.cart("c-1", SKILLET)
    await open_shop.until_state("LEAD")
    before = await open_shop.quiet()
    for _ in range(10):
        await open_shop.cart("c-1", SKILLET)
    added = (await open_shop.quiet())[len(before) :]
    assert cost(added).actions == 10
