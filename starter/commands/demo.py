"""`retention demo`: three customers live through months on real servers, while you watch."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from db.customers.records import CustomerRecord
from lifecycle.messages import MessageStatus
from localstack.demo.context import CAMPAIGNS, STEP_SECONDS, DemoContext, open_context
from localstack.demo.demo_settings import demo_settings
from localstack.demo.directory import DEMOS, fresh_directory
from localstack.demo.live_report import LiveReport
from localstack.demo.run import check_records, load_records, run_customers
from localstack.demo.scenario import DEMO_CUSTOMERS, GRACE, PIETER
from localstack.stack.stack import Stack
from operations.customers.find import find_customer
from operations.customers.timeline import timeline
from settings import Settings, load_settings
from starter.commands.customer_history import timeline_table
from starter.commands.errors import CommandError
from starter.commands.options import AsJson, example
from starter.commands.orderly_stop import stop_on_signals
from starter.commands.output import console, print_json

EXAMPLE = example("retention demo", "retention demo --exit")

app = typer.Typer()
OTHER_SERVER = ("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE")
"""Variables that would name the shop's own server, whose time cannot be moved."""

Records = Mapping[str, CustomerRecord]
"""What PostgreSQL stored about each customer, by address."""


@app.command(epilog=EXAMPLE)
def demo(
    leave: Annotated[
        bool, typer.Option("--exit", help="Exit at the end: status 0 if every message was sent, else 1.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start everything and watch three customers live through months, in less than a minute.

    PostgreSQL, Temporal with its UI, a mail server, the worker and the gateway are real, and so are the orders. Events
    reach the gateway as signed webhooks of Shopify. The Temporal server moves each customer's clock by hours and
    months. It runs until Ctrl-C, and the mails are kept.
    """
    settings = load_settings()
    for name in OTHER_SERVER:
        os.environ.pop(name, None)
    try:
        problems = asyncio.run(run_demo(settings, leave=leave, as_json=as_json))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    if problems:
        raise CommandError(f"the demo did not go as expected: {'; '.join(problems)}")


async def run_demo(
    settings: Settings,
    *,
    leave: bool,
    as_json: bool,
    campaigns: Path = CAMPAIGNS,
    step_seconds: float = STEP_SECONDS,
) -> tuple[str, ...]:
    """Run to the end and, unless it shall `leave`, on until Ctrl-C. Returns the problems, one line each."""
    stop_on_signals()
    out = Console(stderr=True, highlight=False) if as_json else console()
    directory = fresh_directory(settings.data_directory.absolute() / DEMOS)
    out.print("starting PostgreSQL, Temporal, a mail server, the worker and the gateway …")
    async with (
        Stack(demo_settings(settings, directory), directory=directory) as stack,
        open_context(stack, campaigns=campaigns, step_seconds=step_seconds) as context,
    ):
        _print_lines(
            out,
            [("Temporal UI", stack.settings.temporal_ui_url), ("Gateway", f"{stack.gateway_url}/docs"), *_files(stack)],
        )
        began, report = time.monotonic(), LiveReport(DEMO_CUSTOMERS, out)
        with out.status("time passes on each customer's own clock"):
            problems = await run_customers(context, DEMO_CUSTOMERS, report.step_finished)
        report.finish()
        seconds = time.monotonic() - began
        records = await load_records(context, DEMO_CUSTOMERS)
        problems = problems or check_records(DEMO_CUSTOMERS, records, directory / "mail", stack.settings.sms_outbox)
        if as_json:
            print_json(_document(stack, records, problems))
        else:
            _report(out, stack, records, problems, _summary(context, records, seconds))
        if not leave:
            out.print()
            _print_lines(out, _what_next(stack))
            with suppress(asyncio.CancelledError):
                await stack.watch()
    return problems


def _report(out: Console, stack: Stack, records: Records, problems: tuple[str, ...], summary: str) -> None:
    for customer in DEMO_CUSTOMERS:
        out.print()
        out.print(timeline_table(f"{customer.name}, as stored in PostgreSQL", timeline(records[customer.email])))
    out.print()
    if problems:
        out.print(Text("The demo did not go as expected.", style="bold red"))
        for problem in problems:
            out.print(Text(problem, style="red"))
    else:
        out.print(Text("Every state was reached, and every message was sent.", style="bold green"))
        out.print(summary)
    out.print()
    _print_lines(out, [*_files(stack), *((f"{name} in the UI", url) for name, url in _ui_urls(stack).items())])


def _summary(context: DemoContext, records: Records, seconds: float) -> str:
    delivered = context.shop.delivered
    twice = delivered.total() - len(delivered)
    mails, texts = _sent(records, "EMAIL"), _sent(records, "SMS")
    return (
        f"{len(delivered)} webhooks, {twice} of them delivered twice; "
        f"{mails} e-mails and {texts} text message; {seconds:.0f} seconds"
    )


def _print_lines(out: Console, rows: list[tuple[str, object]]) -> None:
    """Names and values, one pair per line. Lines are never wrapped, so that addresses can be copied."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        out.print(Text.assemble((name.ljust(width), "bold"), f"  {value}"), soft_wrap=True)


def _files(stack: Stack) -> list[tuple[str, object]]:
    return [
        ("E-mails", _shown(stack.directory / "mail")),
        ("Text messages", _shown(stack.settings.sms_outbox)),
        ("Logs", _shown(stack.directory / "logs")),
    ]


def _what_next(stack: Stack) -> list[tuple[str, object]]:
    command = "retention" if shutil.which("retention") else _shown(Path(sys.argv[0]))
    return [
        ("In another terminal", f"export DATA_DIRECTORY={_shown(stack.directory)}"),
        ("", f"{command} customer explain {GRACE.email}"),
        ("", f"{command} customer show {PIETER.email}"),
        ("", f"{command} inbox list --all"),
        ("", f"{command} customer fast-forward {PIETER.email} 120d"),
        ("Stop", "Ctrl-C; the mails are kept"),
    ]


def _document(stack: Stack, records: Records, problems: tuple[str, ...]) -> dict[str, Any]:
    urls = _ui_urls(stack)
    return {
        "came_out": not problems,
        "problems": problems,
        "mails": stack.directory / "mail",
        "texts": stack.settings.sms_outbox,
        "customers": [
            {
                "name": customer.name,
                "customer_email": customer.email,
                "state": profile.state if (profile := records[customer.email].profile) else None,
                "ui_url": urls[customer.name],
                "timeline": [asdict(moment) for moment in timeline(records[customer.email])],
            }
            for customer in DEMO_CUSTOMERS
        ],
    }


def _ui_urls(stack: Stack) -> dict[str, str]:
    return {
        customer.name: find_customer(stack.settings, customer.email).ui_url(stack.settings)
        for customer in DEMO_CUSTOMERS
    }


def _sent(records: Records, channel: str) -> int:
    return sum(
        message.channel == channel and message.status == MessageStatus.SENT
        for record in records.values()
        for message in record.messages
    )


def _shown(path: Path) -> Path:
    """The path, relative to the current directory if it is below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
