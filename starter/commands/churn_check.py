"""`retention churn-check`: the daily check, by hand."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from operations.access.database import open_database
from operations.access.temporal import connect_temporal
from operations.customers.churn_check import find_due_customers, run_churn_check
from settings import Settings
from starter.commands.context import find_settings, now
from starter.commands.input import parse_time
from starter.commands.options import AsJson, example
from starter.commands.output import moment, print_json, say
from workflows.check_churn_risk import CheckReport

app = typer.Typer(
    no_args_is_help=True,
    help="The daily check for customers who have not ordered for a while.",
    epilog=example("retention churn-check run --dry-run"),
)


@app.callback()
def churn_check() -> None:
    """Without a callback Typer would drop the name of the only command, `run`."""


@app.command(epilog=example("retention churn-check run --dry-run", "retention churn-check run --as-of 2026-11-22"))
def run(
    as_of: Annotated[str | None, typer.Option(metavar="TIME", help="A date or a time, UTC; now when left out.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show who is due; no customer is signalled.")] = False,
    as_json: AsJson = False,
) -> None:
    """Signal every customer whose last order is too long ago, and start missing workflows.

    A customer's own clock decides: a check of the future changes no state before its time.
    """
    at = now() if as_of is None else parse_time("--as-of", as_of)
    report, due = asyncio.run(_check(find_settings(), at, dry_run=dry_run))
    if as_json:
        print_json({**asdict(report), "due": due} if dry_run else asdict(report))
        return
    would = "would be " if dry_run else ""
    say(f"as of {moment(report.as_of)} UTC: {report.signalled} {would}signalled, {report.restarted} {would}restarted")
    for customer_id in due:
        say(customer_id)


async def _check(settings: Settings, as_of: datetime, *, dry_run: bool) -> tuple[CheckReport, list[str]]:
    client = await connect_temporal(settings)
    due = await _due(settings, as_of) if dry_run else []
    return await run_churn_check(client, task_queue=settings.task_queue, as_of=as_of, dry_run=dry_run), due


async def _due(settings: Settings, as_of: datetime) -> list[str]:
    async with open_database(settings) as engine:
        return await find_due_customers(engine, settings.policy(), as_of)
