"""`retention demo`: three customers live through months on real servers, in front of you."""

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
from localstack.stack.stack import Stack
from localstack.story.directory import DEMOS, fresh_directory
from localstack.story.figures import story_settings
from localstack.story.performance import judge, lives, perform
from localstack.story.programme import Programme
from localstack.story.script import GRACE, PIETER, STORY
from localstack.story.stage import Stage, set_up
from operations.customers.find import find_customer
from operations.customers.story import moments
from settings import Settings, load_settings
from starter.commands.errors import Failed
from starter.commands.options import AsJson, example
from starter.commands.orderly_stop import stop_on_signals
from starter.commands.output import console, print_json
from starter.commands.timeline_table import timeline_table

EXAMPLE = example("retention demo", "retention demo --exit")
OTHER_SERVER = ("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE")
"""Variables that would lead to a server of the shop's own, whose time cannot be moved."""

Told = Mapping[str, CustomerRecord]
"""What PostgreSQL knows of each character, by address."""


def demo(
    leave: Annotated[
        bool, typer.Option("--exit", help="End when the story is told: status 0 if everything came, else 1.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start everything and watch three customers live through months, in less than a minute.

    PostgreSQL, Temporal with its UI, a mail server, the worker and the gateway are real, and so are the orders. What
    the customers do reaches the gateway as signed webhooks of Shopify. Each customer's clock is moved by the Temporal
    server, by hours and months. It runs until Ctrl-C, and the mails are kept.
    """
    settings = load_settings()
    for name in OTHER_SERVER:
        os.environ.pop(name, None)
    try:
        problems = asyncio.run(_run(settings, leave=leave, as_json=as_json))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    if problems:
        raise Failed(f"the story did not come out as it is written: {'; '.join(problems)}")


async def _run(settings: Settings, *, leave: bool, as_json: bool) -> tuple[str, ...]:
    """Play until the end, or until somebody stops it after that; what went wrong, a line each."""
    stop_on_signals()
    out = Console(stderr=True, highlight=False) if as_json else console()
    directory = fresh_directory(settings.data_directory.absolute() / DEMOS)
    out.print("starting PostgreSQL, Temporal, a mail server, the worker and the gateway …")
    async with Stack(story_settings(settings, directory), directory=directory) as stack, set_up(stack) as stage:
        _print_lines(
            out,
            [("Temporal UI", stack.settings.temporal_ui_url), ("Gateway", f"{stack.gateway_url}/docs"), *_kept(stack)],
        )
        began, programme = time.monotonic(), Programme(STORY, out)
        with out.status("time passes, for each customer on a clock of their own"):
            problems = await perform(stage, STORY, programme.told)
        programme.finish()
        seconds = time.monotonic() - began
        told = await lives(stage, STORY)
        problems = problems or judge(STORY, told, directory / "mail", stack.settings.sms_outbox)
        if as_json:
            print_json(_document(stack, told, problems))
        else:
            _report(out, stack, told, problems, _figures(stage, told, seconds))
        if not leave:
            out.print()
            _print_lines(out, _what_next(stack))
            with suppress(asyncio.CancelledError):
                await stack.watch()
    return problems


def _report(out: Console, stack: Stack, told: Told, problems: tuple[str, ...], figures: str) -> None:
    for character in STORY:
        out.print()
        out.print(timeline_table(f"{character.name}, as PostgreSQL tells it", told[character.email]))
    out.print()
    if problems:
        out.print(Text("The story did not come out as it is written.", style="bold red"))
        for problem in problems:
            out.print(Text(problem, style="red"))
    else:
        out.print(Text("Every state was reached, and every message came.", style="bold green"))
        out.print(figures)
    out.print()
    _print_lines(out, [*_kept(stack), *((f"{name} in the UI", url) for name, url in _ui_urls(stack).items())])


def _figures(stage: Stage, told: Told, seconds: float) -> str:
    delivered = stage.shopify.delivered
    twice = delivered.total() - len(delivered)
    mails, texts = _sent(told, "EMAIL"), _sent(told, "SMS")
    return (
        f"{len(delivered)} webhooks, {twice} of them delivered twice; "
        f"{mails} e-mails and {texts} text message; {seconds:.0f} seconds"
    )


def _print_lines(out: Console, rows: list[tuple[str, object]]) -> None:
    """Names and values, one pair a line. Lines are never cut or broken: an address has to be copied whole."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        out.print(Text.assemble((name.ljust(width), "bold"), f"  {value}"), soft_wrap=True)


def _kept(stack: Stack) -> list[tuple[str, object]]:
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


def _document(stack: Stack, told: Told, problems: tuple[str, ...]) -> dict[str, Any]:
    urls = _ui_urls(stack)
    return {
        "came_out": not problems,
        "problems": problems,
        "mails": stack.directory / "mail",
        "texts": stack.settings.sms_outbox,
        "customers": [
            {
                "name": character.name,
                "customer_email": character.email,
                "state": profile.state if (profile := told[character.email].profile) else None,
                "ui_url": urls[character.name],
                "timeline": [asdict(moment) for moment in moments(told[character.email])],
            }
            for character in STORY
        ],
    }


def _ui_urls(stack: Stack) -> dict[str, str]:
    return {
        character.name: find_customer(stack.settings, character.email).ui_url(stack.settings) for character in STORY
    }


def _sent(told: Told, channel: str) -> int:
    return sum(
        message.channel == channel and message.status == MessageStatus.SENT
        for story in told.values()
        for message in story.messages
    )


def _shown(path: Path) -> Path:
    """As short as it can be typed here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
