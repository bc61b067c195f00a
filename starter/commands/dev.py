"""`retention dev`: the whole engine on this machine."""

import asyncio
import json
from contextlib import suppress
from typing import Annotated

import typer
from sqlalchemy import make_url

from localstack.stack.stack import Stack
from operations.access.database import open_database
from operations.campaigns.apply import CheckedCampaigns, apply_campaigns
from operations.campaigns.listing import list_campaigns
from settings import Settings, load_settings
from starter.commands.campaign.definitions import DEFAULT_FILE
from starter.commands.campaign.options import read_campaign_file
from starter.commands.context import now
from starter.commands.options import example
from starter.commands.orderly_stop import stop_on_signals
from starter.commands.output import console, fields, say

EXAMPLE = example("retention dev")

app = typer.Typer()
AN_EVENT = "retention event send --type VISITED --email ada@example.com"


@app.command(epilog=EXAMPLE)
def dev(
    workers: Annotated[int, typer.Option(min=0, max=16, help="How many workers to start.")] = 1,
    gateway: Annotated[bool, typer.Option("--gateway/--no-gateway", help="Whether to start the gateway.")] = True,
) -> None:
    """Run everything on this machine until Ctrl-C: PostgreSQL, Temporal with its UI, mail, a worker, the gateway.

    All data is stored in DATA_DIRECTORY for the next start. A server is not started if a setting names another one.
    """
    with suppress(asyncio.CancelledError):
        asyncio.run(_run(load_settings(), workers, gateway=gateway))


async def _run(settings: Settings, workers: int, *, gateway: bool) -> None:
    stop_on_signals()
    say("starting PostgreSQL, Temporal, a mail server, the worker and the gateway …")
    async with Stack(settings, directory=settings.data_directory, workers=workers, gateway=gateway) as stack:
        await _first_campaigns(stack.settings)
        _show(stack)
        await stack.watch()


async def _first_campaigns(settings: Settings) -> None:
    """Load the campaigns file as drafts into a database without campaigns. Drafts send nothing."""
    async with open_database(settings) as engine:
        if not await list_campaigns(engine):
            await apply_campaigns(engine, CheckedCampaigns.of(read_campaign_file(DEFAULT_FILE)), now())


def _show(stack: Stack) -> None:
    console().print(fields(_addresses(stack)))
    if stack.token:
        # Never wrapped, so that it can be copied.
        say(f"\nSend an event to the gateway:\n{_curl(stack)}\n")
    say("Stop with Ctrl-C; all data is kept for the next start")


def _curl(stack: Stack) -> str:
    at = now()
    event = {
        "type": "VISITED",
        "event_id": f"visit-{at:%Y%m%d%H%M%S}",
        "customer_email": "ada@example.com",
        "occurred_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
    }
    return (
        f'curl {stack.gateway_url}/v1/events -H "Authorization: Bearer $(cat {stack.token_file})" '
        f"-H 'Content-Type: application/json' -d '{json.dumps(event)}'"
    )


def _addresses(stack: Stack) -> list[tuple[str, object]]:
    settings = stack.settings
    database = make_url(settings.database_admin_url or settings.database_url or "")
    return [
        *_gateway(stack),
        ("Temporal UI", settings.temporal_ui_url),
        ("Temporal", stack.temporal_address),
        ("PostgreSQL", database._replace(drivername="postgresql", password=None).render_as_string()),
        *([("SMTP", stack.mail.url), ("E-mails", stack.mail.directory)] if stack.mail else [("SMTP", "EMAIL_URL")]),
        ("Text messages", settings.sms_outbox),
        ("Logs", stack.directory / "logs"),
        ("Send an event", AN_EVENT),
        ("See campaigns", "retention campaign list  (drafts send nothing: retention campaign start SLUG)"),
    ]


def _gateway(stack: Stack) -> list[tuple[str, object]]:
    if stack.gateway is None:
        return []
    return [
        ("Gateway", f"{stack.gateway_url}/docs"),
        ("Its token", stack.token_file or "retention token create"),
        ("Shopify's secret", stack.shopify_secret_file or "SHOPIFY_SECRETS"),
    ]
