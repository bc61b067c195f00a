"""Exports everything stored about a customer as one JSON file."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from activities.privacy import Export
from activities.privacy.export import customer_document, write_document
from activities.privacy.messages import export_id
from operations.access.worker_pickup import wait_for_result
from operations.customers.find import CustomerRef
from workflows.export_customer import ExportCustomer


async def export_by_worker(client: Client, customer: CustomerRef, *, task_queue: str, requested_by: str) -> str:
    """Have a worker write the file into its EXPORT_DIRECTORY, and return the path on the worker's machine.

    Raises `NoWorker` if no worker begins; the export remains requested.
    """
    export = await client.start_workflow(
        ExportCustomer.run,
        Export(customer.customer_id, requested_by),
        id=export_id(customer.customer_id),
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    return await wait_for_result(
        export, "no worker picks it up: start `retention worker`; the file is written once one runs"
    )


async def export_to_file(engine: AsyncEngine, customer: CustomerRef, path: Path, now: datetime) -> None:
    """Write the file on this machine, readable by its owner only. Raises `OSError`."""
    write_document(path, await customer_document(engine, customer.customer_id, now))
