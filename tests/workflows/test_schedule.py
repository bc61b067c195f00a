"""The schedule of the daily check, on the real server."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import ScheduleActionStartWorkflow, ScheduleHandle, ScheduleOverlapPolicy
from temporalio.service import RPCError, RPCStatusCode

from tests.fixtures.shop import Shop
from workflows.names import SCHEDULE_ID
from workflows.schedule import ensure_schedule

DAY = timedelta(days=1)


@pytest.fixture
async def schedule(impatient_shop: Shop) -> AsyncIterator[ScheduleHandle]:
    """A fresh schedule. A server has but one: this one is not shared with other test processes."""
    handle = impatient_shop.client.get_schedule_handle(SCHEDULE_ID)
    await _forget(handle)
    await ensure_schedule(impatient_shop.client, impatient_shop.settings.task_queue)
    yield handle
    await _forget(handle)


async def _forget(handle: ScheduleHandle) -> None:
    try:
        await handle.delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


async def test_the_check_runs_daily_and_never_concurrently(schedule: ScheduleHandle) -> None:
    described = await schedule.describe()
    assert described.id == "check-churn-risk"
    assert described.schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert described.schedule.policy.catchup_window == DAY
    first, second = described.info.next_action_times[:2]
    assert (first.hour, first.minute, second - first) == (3, 0, DAY)


async def test_a_scheduled_check_is_as_of_its_start(schedule: ScheduleHandle, impatient_shop: Shop) -> None:
    shop = impatient_shop
    async with shop.worker():
        order = {"order_id": "1", "total": "10.00", "currency": "USD"}
        await shop.send("ORDER_PAID", at=datetime.now(UTC) - 61 * DAY, order=order)
        await shop.until_state("CUSTOMER")
        await schedule.trigger()
        await shop.until_state("AT_RISK")


async def test_a_schedule_changed_by_an_operator_is_left_alone(schedule: ScheduleHandle, impatient_shop: Shop) -> None:
    await schedule.pause(note="the warehouse is closed")
    await ensure_schedule(impatient_shop.client, "another-queue")
    described = await schedule.describe()
    assert described.schedule.state.paused
    assert described.schedule.state.note == "the warehouse is closed"
    assert isinstance(described.schedule.action, ScheduleActionStartWorkflow)
    assert described.schedule.action.task_queue == impatient_shop.settings.task_queue
