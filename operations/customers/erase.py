"""Erases a customer: counts what would be deleted, runs the erasure, and returns its receipt."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from activities.privacy import CustomerRuns, Erase
from activities.privacy.messages import erasure_id
from db.customers import tombstones
from db.customers.erasure import count_rows
from db.customers.tombstones import StoredErasure
from operations.access.worker_pickup import wait_for_result
from operations.customers.find import QUERY_TIMEOUT, CustomerRef
from workflows.erase_customer import EraseCustomer

REPORT_SECONDS = 1

ErasureHandle = WorkflowHandle[EraseCustomer, None]


@dataclass(frozen=True)
class CustomerTraces:
    """What an erasure would delete: rows by table, and runs of the customer's workflow."""

    customer_id: str
    rows: dict[str, int]
    runs: int


async def find_traces(engine: AsyncEngine, client: Client, customer: CustomerRef) -> CustomerTraces:
    """Count what an erasure would delete, without deleting it."""
    runs = await CustomerRuns(client).find(customer.customer_id)
    return CustomerTraces(customer.customer_id, await count_rows(engine, customer.customer_id), len(runs))


async def start_erasure(
    client: Client, customer: CustomerRef, *, task_queue: str, requested_by: str, now: datetime
) -> ErasureHandle:
    """Start the workflow that erases a customer, or join the one that runs, and return it."""
    return await client.start_workflow(
        EraseCustomer.run,
        Erase(customer.customer_id, requested_by, now),
        id=erasure_id(customer.customer_id),
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )


async def follow_erasure(
    engine: AsyncEngine, erasure: ErasureHandle, customer: CustomerRef, report: Callable[[str], None]
) -> StoredErasure | None:
    """Wait until nothing of a customer is left, and return the receipt. It takes about a minute.

    `report` is called with each new step. Raises `NoWorker` if no worker begins; the erasure remains requested.
    """
    done = asyncio.create_task(
        wait_for_result(erasure, "no worker picks it up: start `retention worker`; the erasure begins once one runs")
    )
    reported = None
    while not (await asyncio.wait([done], timeout=REPORT_SECONDS))[0]:
        step = await _step(erasure)
        if step and step != reported:
            report(step)
            reported = step
    await done
    return await tombstones.read(engine, customer.customer_id)


async def _step(erasure: ErasureHandle) -> str | None:
    try:
        return await erasure.query(EraseCustomer.progress, rpc_timeout=QUERY_TIMEOUT)
    except RPCError:
        return None
