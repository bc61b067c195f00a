"""Runs the daily churn check by hand, and finds the customers who are due."""

import secrets
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from db.customers.churn import due_customers
from lifecycle.policy import Policy
from operations.access.worker_pickup import NoWorker, wait_for_result
from workflows.check_churn_risk import CheckChurnRisk, CheckReport, CheckRequest
from workflows.names import SCHEDULE_ID

PAGE = 500


async def find_due_customers(engine: AsyncEngine, policy: Policy, as_of: datetime) -> list[str]:
    """Return the ids of the customers whose last order is too long ago at `as_of`."""
    due: list[str] = []
    while True:
        page = await due_customers(engine, policy, as_of, after=due[-1] if due else "", size=PAGE)
        if not page:
            return due
        due += [customer.customer_id for customer in page]


async def run_churn_check(client: Client, *, task_queue: str, as_of: datetime, dry_run: bool) -> CheckReport:
    """Run the check as of a time and return what it did; a dry run only counts.

    Raises `NoWorker` if no worker begins; the check is then terminated.
    """
    check = await client.start_workflow(
        CheckChurnRisk.run,
        CheckRequest(as_of, dry_run),
        id=f"{SCHEDULE_ID}-by-hand-{secrets.token_hex(8)}",
        task_queue=task_queue,
    )
    try:
        return await wait_for_result(check, "no worker picks up the check: start `retention worker`")
    except NoWorker:
        # A worker that starts hours later must not run a check as of an old time.
        await check.terminate("no worker picked it up")
        raise
