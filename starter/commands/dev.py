"""`retention dev`: the whole engine on this machine."""

import asyncio
from contextlib import suppress
from typing import Annotated

import typer
from sqlalchemy import make_url

from db.campaigns import apply, list_campaigns
from db.engine import create_engine
from lifecycle.campaign_file import read_campaigns
from lifecycle.campaigns import CampaignStatus
from settings import Settings, load_settings
from starter.commands.campaign import DEFAULT_FILE
from starter.commands.errors import Failed
from starter.commands.options import example
from starter.commands.orderly_stop import stop_on_signals
from starter.commands.output import console, fields, say
from starter.stack.stack import Stack

EXAMPLE = example("retention dev")
AN_EVENT = "retention event send --type VISITED --email ada@example.com"


def dev(workers: Annotated[int, typer.Option(min=0, max=16, help="How many workers to start.")] = 1) -> None:
    """Run everything on this machine until Ctrl-C: PostgreSQL, Temporal with its UI, a mail server, a worker.

    All of it is kept in DATA_DIRECTORY for the next time. Parts that settings point to elsewhere are not started.
    """
    with suppress(asyncio.CancelledError):
        asyncio.run(_run(load_settings(), workers))


async def _run(settings: Settings, workers: int) -> None:
    stop_on_signals()
    say("starting PostgreSQL, Temporal, a mail server and the worker …")
    async with Stack(settings, directory=settings.data_directory, workers=workers) as stack:
        await _first_campaigns(stack.settings)
        console().print(fields(_addresses(stack)))
        while True:
            await asyncio.sleep(1)
            for worker in stack.workers:
                if not worker.running:
                    raise Failed(f"a worker ended; see {worker.log}")


async def _first_campaigns(settings: Settings) -> None:
    """A database without campaigns gets those of the file, as drafts: connecting a shop mails nobody."""
    if settings.database_url is None:
        return
    engine = create_engine(settings.database_url)
    try:
        if not await list_campaigns(engine):
            rows = read_campaigns(DEFAULT_FILE.read_text(encoding="utf-8"))
            await apply(engine, rows, CampaignStatus.DRAFT)
    finally:
        await engine.dispose()


def _addresses(stack: Stack) -> list[tuple[str, object]]:
    settings = stack.settings
    database = make_url(settings.database_admin_url or settings.database_url or "")
    return [
        ("Temporal UI", settings.temporal_ui_url),
        ("Temporal", stack.temporal_address),
        ("PostgreSQL", database._replace(drivername="postgresql", password=None).render_as_string()),
        *([("SMTP", stack.mail.url), ("E-mails", stack.mail.directory)] if stack.mail else [("SMTP", "EMAIL_URL")]),
        ("Text messages", settings.sms_outbox),
        ("Logs", stack.directory / "logs"),
        ("Send an event", AN_EVENT),
        ("See campaigns", "retention campaign list  (drafts send nothing: retention campaign start SLUG)"),
        ("Stop", "Ctrl-C; everything is kept for the next time"),
    ]
