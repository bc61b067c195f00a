"""`retention customer erase` and `export`: the requests that the law entitles customers to."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from activities.privacy.messages import erasure_id
from db.customers.tombstones import StoredErasure
from operations.access.database import open_database
from operations.access.temporal import connect_temporal
from operations.customers import erase as erasing
from operations.customers.erase import CustomerTraces
from operations.customers.export import export_by_worker, export_to_file
from operations.customers.find import CustomerRef, find_customer
from settings import Settings
from starter.commands.context import find_settings, now
from starter.commands.input import confirm
from starter.commands.options import AsJson, CustomerName, example
from starter.commands.output import console, fields, print_json, say

ERASE_EXAMPLE = example(
    "retention customer erase ada@example.com --dry-run", "retention customer erase ada@example.com --yes"
)
EXPORT_EXAMPLE = example(
    "retention customer export ada@example.com", "retention customer export ada@example.com --output ada.json"
)


def erase(
    customer: CustomerName,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what there is; nothing is erased.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait for the receipt, which takes about a minute.")] = True,
    as_json: AsJson = False,
) -> None:
    """Erase a customer for good: the workflow with all its histories, the rows, the messages.

    Late events from before the erasure are refused from then on. A receipt remains, under an id that does not identify
    the customer.
    """
    settings = find_settings()
    found = find_customer(settings, customer)
    if dry_run:
        _show_traces(asyncio.run(_traces(settings, found)), as_json=as_json)
        return
    if not yes:
        confirm(f"Erase customer {found.customer_id} for good?", if_not="nothing was erased")
    receipt = asyncio.run(_erase(settings, found, wait=wait, quiet=as_json))
    workflow_id = erasure_id(found.customer_id)
    if as_json:
        print_json(asdict(receipt) if receipt else {"customer_id": found.customer_id, "workflow_id": workflow_id})
    elif receipt:
        console().print(fields(_receipt(receipt)))
    else:
        say(f"started: {workflow_id}")


def export(
    customer: CustomerName,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write here, on this machine.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write what is stored about a customer into a JSON file that only its owner can read, and print its path.

    Without --output the worker writes it, into EXPORT_DIRECTORY on its machine.
    """
    settings = find_settings()
    found = find_customer(settings, customer)
    path = asyncio.run(_export(settings, found) if output is None else _write(settings, found, output.absolute()))
    if as_json:
        print_json({"customer_id": found.customer_id, "path": path})
    else:
        say(path)


async def _traces(settings: Settings, customer: CustomerRef) -> CustomerTraces:
    client = await connect_temporal(settings)
    async with open_database(settings) as engine:
        return await erasing.find_traces(engine, client, customer)


def _show_traces(traces: CustomerTraces, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(traces))
    else:
        console().print(fields([*traces.rows.items(), ("runs of the workflow", traces.runs)]))


async def _erase(settings: Settings, customer: CustomerRef, *, wait: bool, quiet: bool) -> StoredErasure | None:
    # The database is opened first: it rejects a wrong identity key before anything is erased.
    async with open_database(settings) as engine:
        erasure = await _start(settings, customer)
        if not wait:
            return None
        return await erasing.follow_erasure(engine, erasure, customer, (lambda _: None) if quiet else say)


async def _start(settings: Settings, customer: CustomerRef) -> erasing.ErasureHandle:
    client = await connect_temporal(settings)
    return await erasing.start_erasure(
        client, customer, task_queue=settings.task_queue, requested_by="retention customer erase", now=now()
    )


async def _export(settings: Settings, customer: CustomerRef) -> str:
    client = await connect_temporal(settings)
    return await export_by_worker(
        client, customer, task_queue=settings.task_queue, requested_by="retention customer export"
    )


async def _write(settings: Settings, customer: CustomerRef, output: Path) -> str:
    async with open_database(settings) as engine:
        await export_to_file(engine, customer, output, now())
    return str(output)


def _receipt(erasure: StoredErasure) -> list[tuple[str, object]]:
    receipt = erasure.receipt or {}
    rows = [(f"  {table}", count) for table, count in receipt.get("rows", {}).items() if count]
    proof = receipt.get("proof", {})
    left = sum(proof.get("rows", {}).values())
    return [
        ("Customer", erasure.customer_id),
        ("Requested by", erasure.requested_by),
        ("Refused until", erasure.erased_at),
        ("Complete", erasure.completed_at),
        ("Runs deleted", len(receipt.get("runs", []))),
        ("Rows deleted", sum(receipt.get("rows", {}).values())),
        *rows,
        ("Left", f"{left} rows, {proof.get('runs', 0)} runs, as counted afterwards"),
    ]
