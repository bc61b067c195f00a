"""Shops on servers of their own: one whose clock jumps over months in milliseconds, and one with narrow limits."""

import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.testservice.v1 import SleepRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from activities.churn.messages import CHECK_SIGNAL
from intake.signals.customer_workflows import RunningCustomers
from localstack.servers.mail_server import MailServer
from localstack.servers.ports import reserve_port
from localstack.servers.temporal_server import TemporalServer
from settings import Settings
from tests.fixtures.shop import ADA, Shop, eventually, new_shop
from workflows.connection import data_converter
from workflows.names import SEARCH_ATTRIBUTES

SUGGESTED_EVENTS = 50
SIGNAL_LIMIT = "history.maximumSignalsPerExecution"
MOST_SIGNALS_OF_A_RUN = 100
WORK_OF_A_SPAN_SECONDS = 240


class SkippingShop(Shop):
    """A shop whose customers all live by the test server's clock, which knows neither visibility nor summaries."""

    def __init__(self, server: WorkflowEnvironment, engine: AsyncEngine, mail: MailServer, settings: Settings) -> None:
        super().__init__(server.client, engine, mail, settings)
        self._server = server

    async def now(self, email: str = ADA) -> datetime:
        """Everybody's time."""
        return await self._server.get_current_time()

    async def fast_forward(self, span: timedelta, email: str = ADA) -> None:
        """Let time pass for everybody, and wait until the work of that span is done, however slow the machine."""
        request = SleepRequest()
        request.duration.FromTimedelta(span)
        service = self._server.client.test_service
        await service.unlock_time_skipping_with_sleep(request, timeout=timedelta(seconds=WORK_OF_A_SPAN_SECONDS))

    async def forward_to(self, moment: datetime) -> None:
        """Let time pass until `moment`."""
        await self.fast_forward(moment - await self.now())

    async def become_vip(self) -> datetime:
        """Two orders of 300.00 each; when the second one was paid."""
        await self.order("first", total="300.00")
        await self.order("second", total="300.00")
        await self.until_state("VIP")
        return await self.last_order()

    async def until_applied(self) -> None:
        """Wait until nothing waits in the inbox."""
        await eventually(
            lambda: self.rows("SELECT type FROM event_inbox WHERE status = 'RECEIVED'"), lambda rows: not rows
        )

    async def last_order(self) -> datetime:
        """When the customer last bought something, as the workflow has it."""
        return datetime.fromisoformat((await self.profile())["last_order_date"])

    async def check(self, as_of: datetime | None = None) -> None:
        """The daily check signals this customer."""
        await self.signal(CHECK_SIGNAL, {"as_of": (as_of or await self.now()).isoformat()})

    async def terminate(self) -> None:
        """Terminate the customer's workflow, once it has nothing to do.

        The test server's clock does not skip while a task is under way, and it waits for ever for a task whose
        workflow was terminated meanwhile: from then on, an hour takes an hour.
        """
        await self.quiet()
        await self.handle().terminate()

    async def start_again(self) -> None:
        """What the daily check does for a customer whose workflow is gone."""
        customers = RunningCustomers(self.client, self.settings.task_queue)
        await customers.start(self.storefront.customer_id(ADA), ADA)

    async def steps(self) -> list[tuple[str, datetime]]:
        """The states the customer came to, and when."""
        rows = await self.rows("SELECT to_state, occurred_at FROM state_transitions ORDER BY id")
        return [(row["to_state"], row["occurred_at"]) for row in rows]

    async def fates(self, slug: str) -> list[str]:
        """What became of a campaign's messages, by when they were due: the status, or why not."""
        found = [message for message in await self.messages() if message["slug"] == slug]
        return [message["reason"] or message["status"] for message in found]

    async def until_fates(self, slug: str, *fates: str) -> None:
        """Wait until a campaign's messages came to this."""
        await eventually(lambda: self.fates(slug), lambda found: found == list(fates))

    async def one(self, slug: str) -> dict[str, Any]:
        """The one message of a campaign."""
        (message,) = [message for message in await self.messages() if message["slug"] == slug]
        return message


@pytest.fixture
async def test_server() -> AsyncIterator[WorkflowEnvironment]:
    """A server of the test's own: it starts in a tenth of a second, and its clock would outlive the test."""
    binary = Path(sys.executable).parent / "temporal-test-server"
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter({}), test_server_existing_path=str(binary)
    ) as server:
        known = {key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in SEARCH_ATTRIBUTES}
        await server.client.operator_service.add_search_attributes(AddSearchAttributesRequest(search_attributes=known))
        yield server


@pytest.fixture
async def skipping_shop(shop: Shop, test_server: WorkflowEnvironment) -> AsyncIterator[SkippingShop]:
    """An open shop on the test server."""
    found = SkippingShop(test_server, shop.engine, shop.mail, shop.settings)
    async with found.worker():
        yield found


@pytest.fixture(scope="session")
async def impatient_temporal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A client of a real server that suggests continue-as-new early and takes few signals for one run."""
    ports = [reserve_port("TEMPORAL_PORT", None, 28233 + offset) for offset in (0, 500)]
    limits = (f"limit.historyCount.suggestContinueAsNew={SUGGESTED_EVENTS}", f"{SIGNAL_LIMIT}={MOST_SIGNALS_OF_A_RUN}")
    arguments = [part for limit in limits for part in ("--dynamic-config-value", limit)]
    log = tmp_path_factory.mktemp("impatient") / "temporal.log"
    async with TemporalServer(ports[0].number, ports[1].number, log, extra_arguments=arguments) as server:
        yield await Client.connect(server.address, data_converter=data_converter({}))
    for port in ports:
        port.release()


@pytest.fixture
async def impatient_shop(
    clean_database: None, engine: AsyncEngine, database_url: str, impatient_temporal: Client, tmp_path: Path
) -> AsyncIterator[Shop]:
    """A shop on that server, without a worker yet."""
    async with new_shop(impatient_temporal, engine, database_url, tmp_path) as shop:
        yield shop
