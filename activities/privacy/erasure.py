"""The steps of an erasure. Each may be repeated at any time; deleted rows are counted once."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.privacy.messages import LATE_SIGNAL, Erase, Erasing
from activities.privacy.plain_errors import plain_errors
from activities.privacy.runs import CustomerRuns
from db.customers import erasure, tombstones

POLL_SECONDS = 0.5


class CustomerErasure:
    """The activities that erase one customer from PostgreSQL and from Temporal."""

    def __init__(self, engine: AsyncEngine, runs: CustomerRuns) -> None:
        self._engine = engine
        self._runs = runs

    @activity.defn(name="write_tombstone")
    async def write_tombstone(self, request: Erase) -> Erasing | None:
        """Reject past events of the customer from now on. None when there is nothing to do."""
        async with plain_errors():
            if request.requested_by == LATE_SIGNAL:
                tombstone = await tombstones.resume(self._engine, request.customer_id)
            else:
                tombstone = await tombstones.write(
                    self._engine,
                    customer_id=request.customer_id,
                    requested_by=request.requested_by,
                    requested_at=request.requested_at,
                )
        return None if tombstone is None else Erasing(request.customer_id, tombstone)

    @activity.defn(name="delete_runs")
    async def delete_runs(self, erasing: Erasing) -> None:
        """Stop the customer's workflow, delete all of its runs, and wait until Temporal finds none."""
        requested: set[str] = set()
        while found := await self._runs.find(erasing.customer_id):
            async with plain_errors():
                await tombstones.add_runs(self._engine, erasing.customer_id, found)
            for run_id in found - requested:
                await self._runs.delete(erasing.customer_id, run_id)
            requested |= found
            activity.heartbeat()
            await asyncio.sleep(POLL_SECONDS)

    @activity.defn(name="delete_rows")
    async def delete_rows(self, erasing: Erasing) -> None:
        """Delete the customer's rows in every table."""
        async with plain_errors():
            rows = await erasure.delete_rows(self._engine, erasing.customer_id, erasing.tombstone)
        activity.logger.info("rows deleted", extra={"customer_id": erasing.customer_id, "rows": sum(rows.values())})

    @activity.defn(name="prove_erasure")
    async def prove(self, erasing: Erasing) -> bool:
        """Whether nothing is left, which completes the receipt."""
        runs = len(await self._runs.find(erasing.customer_id))
        async with plain_errors():
            rows = await erasure.finish(self._engine, erasing.customer_id, erasing.tombstone, runs)
        left = sum(rows.values())
        activity.logger.info(
            "erasure verified", extra={"customer_id": erasing.customer_id, "rows_left": left, "runs_left": runs}
        )
        return not runs and not left
