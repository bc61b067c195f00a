"""`retention customer`: one customer, as the database and the workflow know them."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from db.customers.records import StoredProfile, load_profile
from operations.access.connections import open_database
from operations.customers.find import CustomerRef, find_customer, query_profile
from settings import Settings
from starter.commands import customer_clock, customer_history, customer_privacy
from starter.commands.consent_words import consents
from starter.commands.context import find_settings
from starter.commands.errors import Failed
from starter.commands.options import AsJson, CustomerName, example
from starter.commands.output import console, fields, moment, print_json, say

app = typer.Typer(
    no_args_is_help=True,
    help="Customers: where they stand, what happened to them, and why.",
    epilog=example("retention customer show ada@example.com"),
)
app.command(epilog=customer_history.TIMELINE_EXAMPLE)(customer_history.timeline)
app.command(epilog=customer_history.EXPLAIN_EXAMPLE)(customer_history.explain)
app.command("fast-forward", epilog=customer_clock.EXAMPLE)(customer_clock.fast_forward)
app.command(epilog=customer_privacy.ERASE_EXAMPLE)(customer_privacy.erase)
app.command(epilog=customer_privacy.EXPORT_EXAMPLE)(customer_privacy.export)


@app.command(
    epilog=example("retention customer show ada@example.com", "retention customer show ada@example.com --json")
)
def show(customer: CustomerName, as_json: AsJson = False) -> None:
    """State, totals, consent and what is coming."""
    settings = find_settings()
    named = find_customer(settings, customer)
    stored, told, trouble = asyncio.run(_look(settings, named))
    url = named.ui_url(settings)
    if stored is None and told is None:
        raise Failed(f"the database does not know this customer, and {trouble}")
    if as_json:
        print_json(
            {
                "customer_id": named.customer_id,
                "workflow_id": named.workflow_id,
                "ui_url": url,
                "profile": stored and asdict(stored),
                "workflow": told,
                "workflow_trouble": trouble,
            }
        )
        return
    console().print(fields([*_stored(stored), *_told(told), ("Workflow", trouble or named.workflow_id), ("UI", url)]))


@app.command(name="id", epilog=example("retention customer id ada@example.com"))
def id_(customer: CustomerName, as_json: AsJson = False) -> None:
    """The id of the customer's workflow, which tells nothing of the address."""
    named = find_customer(find_settings(), customer)
    if as_json:
        print_json({"customer_id": named.customer_id, "workflow_id": named.workflow_id})
    else:
        say(named.workflow_id)


@app.command(name="open", epilog=example("retention customer open ada@example.com"))
def open_(
    customer: CustomerName,
    browser: Annotated[bool, typer.Option(help="Open it in a browser, where there is one.")] = True,
    as_json: AsJson = False,
) -> None:
    """The customer's workflow in the Temporal UI: prints its address, and opens it."""
    settings = find_settings()
    named = find_customer(settings, customer)
    url = named.ui_url(settings)
    if as_json:
        print_json({"ui_url": url})
    else:
        say(url)
    if browser:
        typer.launch(url)


async def _look(
    settings: Settings, named: CustomerRef
) -> tuple[StoredProfile | None, dict[str, Any] | None, str | None]:
    """The row, and the workflow's own answer or why there is none."""
    async with open_database(settings) as engine:
        stored = await load_profile(engine, named.customer_id)
    told, trouble = await query_profile(settings, named)
    return stored, told, trouble


def _stored(profile: StoredProfile | None) -> list[tuple[str, object]]:
    if profile is None:
        return [("State", "not in the database yet")]
    return [
        ("Customer", profile.customer_email),
        *([("Name", profile.name)] if profile.name else []),
        ("State", profile.state),
        ("Lifetime spend", profile.total_spend),
        ("Orders", profile.order_count),
        ("Last order", profile.last_order_date or "never"),
        ("Consent", consents(profile)),
        *([("Stopped", profile.stopped_at)] if profile.stopped_at else []),
    ]


def _told(answer: dict[str, Any] | None) -> list[tuple[str, object]]:
    if answer is None:
        return []
    return [
        *([("Trouble", answer["trouble"])] if answer["trouble"] else []),
        *(
            ("Coming", f"{moment(datetime.fromisoformat(coming['at']))}  {coming['what']}")
            for coming in answer["coming"]
        ),
        *(("Not applied", f"{parked['event_id']}: {parked['reason']}") for parked in answer["not_applied"]),
        *([("Open carts", ", ".join(answer["open_carts"]))] if answer["open_carts"] else []),
    ]
