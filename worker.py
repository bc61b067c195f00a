"""The worker process: builds the adapters from the settings, registers workflows and activities, and runs them.

Start it by `python worker.py` or `retention worker`. On SIGTERM it finishes what is in progress, and stops.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import PollerBehaviorAutoscaling, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.churn import ChurnCheck
from activities.delivery import MessageDelivery
from activities.delivery.build import build_delivery, build_shop, dry_run_directory
from activities.privacy import CustomerErasure, CustomerExport, CustomerRuns, ShopErasure
from activities.profiles import OrderProcessor
from activities.writing.build import build_writing
from db.engine.connections import create_engine
from db.installation.fingerprint import IdentityKeyMismatch, check_identity_key
from intake.signals.customer_workflows import RunningCustomers
from intake.signals.housekeeping import Housekeeping
from intake.signals.relay import Relay
from intake.signals.signalling import Signalling
from retention_client.identity import key_fingerprint
from settings import Settings, SettingsError, load_settings
from structured_logs import configure_logs
from workflows.check_churn_risk import CheckChurnRisk
from workflows.connection import connect
from workflows.customer import CustomerWorkflow
from workflows.erase_customer import EraseCustomer
from workflows.erase_shop import EraseShop
from workflows.export_customer import ExportCustomer
from workflows.schedule import ensure_schedule

DeliveryFactory = Callable[[AsyncEngine, Settings], MessageDelivery]

CACHED_CUSTOMERS = 2_000
"""Cached workflows, about 90 KB each: the customers active within an hour should fit. A cache miss replays the history,
which costs five times the CPU."""

CONNECTIONS = 20
"""PostgreSQL connections of one worker. Activities beyond that wait for a free one."""

GRACE = timedelta(seconds=25)
"""Time for running activities to finish after SIGTERM; SIGKILL usually follows after 30 s. The SDK's default is 0."""

PASSED_THROUGH = (
    *("retention_client", "lifecycle", "activities", "workflows"),
    *("pydantic", "pydantic_core", "annotated_types", "email_validator", "idna"),
)
"""Modules without state. Importing them again in every workflow's sandbox would take 40 KB more for each."""


def workflow_runner() -> SandboxedWorkflowRunner:
    """The sandboxed runner of workflows, for the worker and for replays."""
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))


@asynccontextmanager
async def build_worker(
    client: Client,
    engine: AsyncEngine,
    settings: Settings,
    delivery_from: DeliveryFactory = build_delivery,
    churn_check: ChurnCheck | None = None,
    shop_erasure: ShopErasure | None = None,
) -> AsyncIterator[Worker]:
    """A worker with all workflows and activities; it runs while the context lasts.

    `delivery_from`, `churn_check` and `shop_erasure` replace the default activities, for tests.
    """
    policy = settings.policy()
    order_processor = OrderProcessor(engine, policy)
    delivery = delivery_from(engine, settings)
    writing = build_writing(engine, settings, build_shop(settings))
    churn_check = churn_check or ChurnCheck(engine, policy, RunningCustomers(client, settings.task_queue))
    customer_erasure = CustomerErasure(engine, CustomerRuns(client))
    shop_erasure = shop_erasure or ShopErasure(engine)
    customer_export = CustomerExport(engine, settings.export_directory)
    worker = Worker(
        client,
        task_queue=settings.task_queue,
        workflows=[CustomerWorkflow, CheckChurnRisk, EraseCustomer, EraseShop, ExportCustomer],
        activities=[
            order_processor.open,
            order_processor.persist,
            order_processor.close,
            delivery.deliver,
            writing.write,
            churn_check.signal_due,
            churn_check.restart_missing,
            customer_erasure.write_tombstone,
            customer_erasure.delete_runs,
            customer_erasure.delete_rows,
            customer_erasure.prove,
            shop_erasure.find_customers,
            shop_erasure.discard_bodies,
            customer_export.write,
        ],
        workflow_runner=workflow_runner(),
        max_cached_workflows=CACHED_CUSTOMERS,
        # Pollers grow with the load: a fixed number means either idle traffic or a backlog.
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        graceful_shutdown_timeout=GRACE,
    )
    try:
        async with worker:
            yield worker
    finally:
        await delivery.close()


def build_relay(client: Client, engine: AsyncEngine, settings: Settings) -> Relay:
    """The relay that signals the events left in the inbox."""

    async def connected() -> Client:
        return client

    housekeeping = Housekeeping(engine, timedelta(days=settings.inbox_body_days))
    return Relay(engine, Signalling(connected, settings.task_queue), housekeeping)


async def run(settings: Settings, delivery_from: DeliveryFactory = build_delivery) -> None:
    """Run a worker until SIGTERM or SIGINT."""
    if settings.database_url is None or settings.identity_key is None:
        raise SettingsError("DATABASE_URL and IDENTITY_KEY: a worker needs both (`retention dev` sets its own)")
    log = structlog.get_logger("worker")
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    engine = create_engine(settings.database_url, pool_size=CONNECTIONS)
    try:
        await check_identity_key(engine, key_fingerprint(settings.identity_key.get_secret_value().encode()))
        client = await connect(settings.payload_keys_by_id(), **_telemetry(settings.metrics_address))
        await ensure_schedule(client, settings.task_queue)
        async with build_worker(client, engine, settings, delivery_from):
            if settings.dry_run:
                directory = str(dry_run_directory(settings))
                log.warning("DRY RUN: messages are written to files and not sent", directory=directory)
            log.info("polling", task_queue=settings.task_queue, namespace=client.namespace)
            relaying = asyncio.create_task(build_relay(client, engine, settings).run())
            await stopping.wait()
            relaying.cancel()
            log.info("stopping")
    finally:
        await engine.dispose()


def _telemetry(metrics_address: str | None) -> dict[str, Runtime]:
    if metrics_address is None:
        return {}
    return {"runtime": Runtime(telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=metrics_address)))}


def main() -> int:
    """Run a worker; print errors of configuration in one line, and return the exit status."""
    try:
        settings = load_settings()
        configure_logs(settings.log_level)
        asyncio.run(run(settings))
    except (SettingsError, IdentityKeyMismatch) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # Temporal's runtime may abort an interpreter that shuts down in the usual way (sdk-python #300).
    os._exit(status)
