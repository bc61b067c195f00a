"""Erasures as a test asks for them, with the half minute in their middle skipped."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from activities.privacy import CustomerRuns, Erase
from activities.privacy.messages import erasure_id
from db.customers import tombstones
from db.customers.tombstones import StoredErasure
from tests.fixtures.shop import ADA, Shop, eventually
from workflows.erase_customer import EraseCustomer

MORE_THAN_A_PAUSE = timedelta(seconds=31)


async def begin(shop: Shop, email: str = ADA, **request: Any) -> WorkflowHandle[EraseCustomer, None]:
    """Ask for an erasure as the inbox does."""
    customer = shop.storefront.customer_id(email)
    asked = {"requested_by": "a test", "requested_at": datetime.now(UTC), **request}
    return await shop.skipper.client.start_workflow(
        EraseCustomer.run,
        Erase(customer, **asked),
        id=erasure_id(customer),
        task_queue=shop.settings.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )


async def until_pause(handle: WorkflowHandle[EraseCustomer, None]) -> None:
    """Wait until everything was deleted once."""

    async def progress() -> str:
        return await handle.query(EraseCustomer.progress)

    await eventually(progress, lambda step: step == "waiting for writes that were in progress")


async def end(shop: Shop, email: str = ADA) -> StoredErasure:
    """Skip the pauses until the erasure is over, and no run of the customer is left; the receipt."""
    customer = shop.storefront.customer_id(email)
    erasure = shop.client.get_workflow_handle(erasure_id(customer))
    runs = CustomerRuns(shop.client)

    async def over() -> bool:
        for handle in (erasure, shop.handle(email)):
            with suppress(RPCError, TimeoutError):  # over, not there, or busy
                await asyncio.wait_for(shop.skipper.fast_forward(handle, MORE_THAN_A_PAUSE), 2)
        ended = (await erasure.describe()).status is not WorkflowExecutionStatus.RUNNING
        return ended and not await runs.find(customer)

    await eventually(over, bool)
    stored = await tombstones.read(shop.engine, customer)
    assert stored is not None
    return stored


async def erase(shop: Shop, email: str = ADA, **request: Any) -> StoredErasure:
    """Erase a customer, whatever it takes; the receipt."""
    await begin(shop, email, **request)
    return await end(shop, email)
