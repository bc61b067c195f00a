"""A shop to import into."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from intake.signals.customer_workflows import RunningCustomers
from operations.importing.importer import ImportTarget
from tests.fixtures.shop import Shop

NewTarget = Callable[[Shop], ImportTarget]


@pytest.fixture
def target() -> NewTarget:
    """Where an import into a shop goes."""

    def of(shop: Shop) -> ImportTarget:
        key = shop.settings.identity_key
        assert key is not None
        workflows = RunningCustomers(shop.skipper.client, shop.settings.task_queue)
        return ImportTarget(shop.engine, workflows, key.get_secret_value().encode(), datetime.now(UTC))

    return of
