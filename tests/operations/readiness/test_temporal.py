"""Temporal and its workers."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client

from operations.readiness.finding import Light
from operations.readiness.temporal import TaskQueuePolls, check_temporal, read_task_queue
from tests.fixtures.shop import Shop
from tests.operations.readiness.conftest import real_shop

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


@pytest.fixture
def here(temporal: Client, temporal_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that lead to Temporal."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal_address)


async def test_a_shop_without_a_worker_is_red(shop: Shop, here: None) -> None:
    found = check_temporal(await read_task_queue(shop.settings), shop.settings, NOW)
    assert [(one.name, one.light) for one in found] == [("Temporal", Light.GREEN), ("worker", Light.RED)]


def test_a_worker_that_polled_long_ago_is_gone() -> None:
    lately, long_ago = NOW - timedelta(seconds=70), NOW - timedelta(minutes=4)
    assert check_temporal(TaskQueuePolls((long_ago, lately)), real_shop(), NOW)[1].light is Light.GREEN
    assert check_temporal(TaskQueuePolls((long_ago,)), real_shop(), NOW)[1].light is Light.RED
