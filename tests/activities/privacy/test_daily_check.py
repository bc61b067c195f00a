"""The daily check starts workflows that are missing, but not those of customers who were erased."""

from datetime import UTC, datetime
from uuid import uuid4

from activities.privacy import CustomerRuns
from tests.activities.privacy.erasing import erase
from tests.fixtures.shop import ADA, Shop
from workflows.check_churn_risk import CheckChurnRisk, CheckRequest


async def test_the_daily_check_brings_nobody_back(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    await erase(shop)
    report = await shop.client.execute_workflow(
        CheckChurnRisk.run,
        CheckRequest(datetime.now(UTC)),
        id=f"check-{uuid4()}",
        task_queue=shop.settings.task_queue,
    )
    assert (report.signalled, report.restarted) == (0, 0)
    assert await CustomerRuns(shop.client).find(shop.storefront.customer_id(ADA)) == frozenset()
