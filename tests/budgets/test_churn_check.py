"""What the daily check costs a customer who needs nothing: nothing. Nor does an event that changes nothing."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.budgets.cost import Cost, cost, story
from tests.fixtures.shop import Shop, eventually
from workflows.check_churn_risk import CheckChurnRisk, CheckRequest

NOTHING = Cost(events=0, workflow_tasks=0, actions=0)
DAY = timedelta(days=1)


async def test_a_day_of_the_check(open_shop: Shop) -> None:
    shop = open_shop
    fresh, vip, due = "fresh@example.com", "vip@example.com", "due@example.com"
    now = datetime.now(UTC)
    for email, days, total in ((fresh, 59, "10.00"), (vip, 80, "300.00"), (vip, 80, "300.00"), (due, 61, "10.00")):
        order = {"order_id": uuid4().hex, "total": total, "currency": "USD"}
        await shop.send("ORDER_PAID", email, at=now - days * DAY, order=order)
    await shop.until_state("VIP", vip)
    await shop.until_state("CUSTOMER", due)
    before = {email: await shop.quiet(email) for email in (fresh, vip)}

    report = await shop.client.execute_workflow(
        CheckChurnRisk.run, CheckRequest(), id=f"check-{uuid4()}", task_queue=shop.settings.task_queue
    )
    assert report.signalled == 1
    await shop.until_state("AT_RISK", due)
    for email, history in before.items():
        added = (await shop.quiet(email))[len(history) :]
        assert cost(added) == NOTHING, story(added)


async def test_an_event_that_was_applied_before(open_shop: Shop) -> None:
    shop = open_shop
    event = shop.event("ORDER_PAID", order={"order_id": "1", "total": "10.00", "currency": "USD"})
    await shop.storefront.send(event)
    await shop.until_state("CUSTOMER")
    before = await shop.quiet()
    again = await shop.storefront.send(event)
    assert again.duplicate
    added = (await shop.quiet())[len(before) :]
    assert cost(added) == NOTHING, story(added)
    await eventually(shop.profile, lambda profile: profile["order_count"] == 1)
