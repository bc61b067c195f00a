"""`retention customer erase` and `export`: what the law lets customers ask for."""

import asyncio
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from temporalio.client import WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from activities.privacy import CustomerRuns, Erase, Export
from activities.privacy.export import customer_document, write_document
from activities.privacy.messages import erasure_id, export_id
from db.customers import tombstones
from db.customers.erasure import count_rows
from db.customers.tombstones import StoredErasure
from operations.access.connections import connect_temporal, open_database
from operations.customers.find import QUERY_TIMEOUT, CustomerRef, find_customer
from settings import Settings
from starter.commands.context import find_settings, now
from starter.commands.errors import Failed, WrongUse
from starter.commands.options import AsJson, CustomerName, example
from starter.commands.output import console, fields, print_json, say
from workflows.erase_customer import EraseCustomer
from workflows.export_customer import ExportCustomer

ERASE_EXAMPLE = example(
    "retention customer erase ada@example.com --dry-run", "retention customer erase ada@example.com --yes"
)
EXPORT_EXAMPLE = example(
    "retention customer export ada@example.com", "retention customer export ada@example.com --output ada.json"
)

Result = TypeVar("Result")

BY_HAND = "retention customer"
TAKEN_UP_SECONDS = 15
UNTOUCHED_EVENTS = 2


@dataclass(frozen=True)
class Traces:
    """What an erasure would delete: rows by table, and runs of the customer's workflow."""

    customer_id: str
    rows: dict[str, int]
    runs: int


def erase(
    customer: CustomerName,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what there is; nothing is erased.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait for the receipt, which takes about a minute.")] = True,
    as_json: AsJson = False,
) -> None:
    """Forget a customer for good: their workflow with all its histories, their rows, their messages.

    What is told late of the time before is refused from then on. A receipt stays, and an id that names nobody.
    """
    settings = find_settings()
    named = find_customer(settings, customer)
    if dry_run:
        _show_traces(asyncio.run(_look(settings, named)), as_json=as_json)
        return
    if not yes:
        _ask(named)
    receipt = asyncio.run(_erase(settings, named, wait=wait, quiet=as_json))
    if as_json:
        print_json(asdict(receipt) if receipt else {"customer_id": named.customer_id, "workflow_id": _erasure(named)})
    elif receipt:
        console().print(fields(_receipt(receipt)))
    else:
        say(f"begun: {_erasure(named)}")


def export(
    customer: CustomerName,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write here, on this machine.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write what is known of a customer into a JSON file that its owner alone can read, and print its path.

    Without --output the worker writes it, into EXPORT_DIRECTORY on its machine.
    """
    settings = find_settings()
    named = find_customer(settings, customer)
    path = asyncio.run(_export(settings, named) if output is None else _write(settings, named, output.absolute()))
    if as_json:
        print_json({"customer_id": named.customer_id, "path": path})
    else:
        say(path)


def _ask(named: CustomerRef) -> None:
    if not sys.stdin.isatty():
        raise WrongUse("--yes: has to be given where nobody can be asked")
    if not typer.confirm(f"Erase customer {named.customer_id} for good?"):
        raise Failed("nothing was erased")


async def _look(settings: Settings, named: CustomerRef) -> Traces:
    runs = await CustomerRuns(await connect_temporal(settings)).find(named.customer_id)
    async with open_database(settings) as engine:
        return Traces(named.customer_id, await count_rows(engine, named.customer_id), len(runs))


def _show_traces(traces: Traces, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(traces))
    else:
        console().print(fields([*traces.rows.items(), ("runs of the workflow", traces.runs)]))


async def _erase(settings: Settings, named: CustomerRef, *, wait: bool, quiet: bool) -> StoredErasure | None:
    """The receipt, once nothing is left; None when nobody wants to wait for it."""
    client = await connect_temporal(settings)
    handle = await client.start_workflow(
        EraseCustomer.run,
        Erase(named.customer_id, f"{BY_HAND} erase", now()),
        id=_erasure(named),
        task_queue=settings.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    if not wait:
        return None
    await _follow(handle, quiet=quiet)
    async with open_database(settings) as engine:
        return await tombstones.read(engine, named.customer_id)


async def _follow(handle: WorkflowHandle[EraseCustomer, None], *, quiet: bool) -> None:
    """Wait for the end, and tell of each step on the way there."""
    done = asyncio.create_task(_result(handle, "it begins as soon as one runs"))
    shown = ""
    while not (await asyncio.wait([done], timeout=1))[0]:
        step = await _step(handle)
        if step and step != shown and not quiet:
            say(shown := step)
    await done


async def _step(handle: WorkflowHandle[EraseCustomer, None]) -> str | None:
    try:
        return await handle.query(EraseCustomer.progress, rpc_timeout=QUERY_TIMEOUT)
    except RPCError:
        return None


async def _export(settings: Settings, named: CustomerRef) -> str:
    client = await connect_temporal(settings)
    handle = await client.start_workflow(
        ExportCustomer.run,
        Export(named.customer_id, f"{BY_HAND} export"),
        id=export_id(named.customer_id),
        task_queue=settings.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    return await _result(handle, "the file is written as soon as one runs")


async def _result(handle: WorkflowHandle[Any, Result], otherwise: str) -> Result:
    """However long it takes, once a worker has begun. What was asked for is not taken back when none does."""
    result = asyncio.create_task(handle.result())
    done, _ = await asyncio.wait([result], timeout=TAKEN_UP_SECONDS)
    if not done and (await handle.describe()).history_length <= UNTOUCHED_EVENTS:
        result.cancel()
        raise Failed(f"no worker takes it up: start `retention worker`; {otherwise}")
    return await result


async def _write(settings: Settings, named: CustomerRef, output: Path) -> str:
    async with open_database(settings) as engine:
        document = await customer_document(engine, named.customer_id, now())
    write_document(output, document)
    return str(output)


def _erasure(named: CustomerRef) -> str:
    return erasure_id(named.customer_id)


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
        ("Left", f"{left} rows, {proof.get('runs', 0)} runs, as looked up afterwards"),
    ]
