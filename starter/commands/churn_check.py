"""`retention churn-check`: the daily check, by hand."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from temporalio.client import WorkflowHandle

from db.customers.churn import FoundCustomer, due_customers
from operations.access.connections import connect_temporal, open_database
from settings import Settings
from starter.commands.context import find_settings, now
from starter.commands.errors import Failed, WrongUse
from starter.commands.options import AsJson, example
from starter.commands.output import moment, print_json, say
from workflows.check_churn_risk import CheckChurnRisk, CheckReport, CheckRequest
from workflows.names import SCHEDULE_ID

TAKEN_UP_SECONDS = 15
PAGE = 500
UNTOUCHED_EVENTS = 2

app = typer.Typer(
    no_args_is_help=True,
    help="The daily check for customers who fade.",
    epilog=example("retention churn-check run --dry-run"),
)


@app.callback()
def churn_check() -> None:
    """Keeps `run` a command of its own, although it is the only one."""


@app.command(epilog=example("retention churn-check run --dry-run", "retention churn-check run --as-of 2026-11-22"))
def run(
    as_of: Annotated[str | None, typer.Option(metavar="TIME", help="A date or a time, UTC; now when left out.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell who is due; nobody is signalled.")] = False,
    as_json: AsJson = False,
) -> None:
    """Signal every customer whose last order lies too far back, and start workflows that are missing.

    A customer's own clock decides: a check of the future moves nobody before their time.
    """
    at = now() if as_of is None else _time(as_of)
    settings = find_settings()
    report, due = asyncio.run(_check(settings, CheckRequest(at, dry_run)))
    if as_json:
        print_json({**asdict(report), "due": due} if dry_run else asdict(report))
        return
    would = "would be " if dry_run else ""
    say(f"as of {moment(report.as_of)} UTC: {report.signalled} {would}signalled, {report.restarted} {would}restarted")
    for customer in due:
        say(customer)


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse("--as-of: must be a date or a time, such as 2026-11-22 or 2026-11-22T03:00Z") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


async def _check(settings: Settings, request: CheckRequest) -> tuple[CheckReport, list[str]]:
    """The report; for a dry run also the ids of those who are due."""
    client = await connect_temporal(settings)
    due = [customer.customer_id async for customer in _due(settings, request)] if request.dry_run else []
    handle = await client.start_workflow(
        CheckChurnRisk.run,
        request,
        id=f"{SCHEDULE_ID}-by-hand-{secrets.token_hex(8)}",
        task_queue=settings.task_queue,
    )
    return await _result(handle), due


async def _result(handle: WorkflowHandle[CheckChurnRisk, CheckReport]) -> CheckReport:
    """However long it takes, once a worker has begun."""
    result = asyncio.create_task(handle.result())
    done, _ = await asyncio.wait([result], timeout=TAKEN_UP_SECONDS)
    if not done and (await handle.describe()).history_length <= UNTOUCHED_EVENTS:
        result.cancel()
        await handle.terminate("no worker took it up")
        raise Failed("no worker takes up the check: start `retention worker`")
    return await result


async def _due(settings: Settings, request: CheckRequest) -> AsyncIterator[FoundCustomer]:
    policy = settings.policy()
    before = (request.as_of or now()) - policy.check_after
    states = [state.value for state in sorted(policy.checked_states)]
    async with open_database(settings) as engine:
        found = await due_customers(engine, after="", states=states, before=before, size=PAGE)
        while found:
            for customer in found:
                yield customer
            after = found[-1].customer_id
            found = await due_customers(engine, after=after, states=states, before=before, size=PAGE)
