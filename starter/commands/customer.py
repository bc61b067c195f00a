"""`retention customer`: one customer, as PostgreSQL and the workflow know them."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import typer

from db.customers.records import StoredProfile
from operations.access.database import open_database
from operations.access.temporal import connect_temporal
from operations.customers.find import CustomerRef, find_customer
from operations.customers.show import CustomerView, show_customer
from settings import Settings
from starter.commands import customer_clock, customer_history, customer_privacy
from starter.commands.consent_words import consents
from starter.commands.context import find_settings
from starter.commands.options import AsJson, CustomerName, example
from starter.commands.output import console, fields, moment, print_json, say

app = typer.Typer(
    no_args_is_help=True,
    help="Customers: their state, their history, and the reasons for it.",
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
    """State, totals, consent, and what is planned."""
    settings = find_settings()
    view = asyncio.run(_show(settings, find_customer(settings, customer)))
    found, workflow = view.customer, view.workflow
    url = found.ui_url(settings)
    if as_json:
        print_json(
            {
                "customer_id": found.customer_id,
                "workflow_id": found.workflow_id,
                "ui_url": url,
                "profile": view.stored and asdict(view.stored),
                "workflow": workflow.profile,
                "workflow_trouble": workflow.problem,
            }
        )
        return
    workflow_line = ("Workflow", workflow.problem or found.workflow_id)
    console().print(fields([*_stored(view.stored), *_answered(workflow.profile), workflow_line, ("UI", url)]))


@app.command(name="id", epilog=example("retention customer id ada@example.com"))
def id_(customer: CustomerName, as_json: AsJson = False) -> None:
    """The id of the customer's workflow, which does not reveal the address."""
    found = find_customer(find_settings(), customer)
    if as_json:
        print_json({"customer_id": found.customer_id, "workflow_id": found.workflow_id})
    else:
        say(found.workflow_id)


@app.command(name="open", epilog=example("retention customer open ada@example.com"))
def open_(
    customer: CustomerName,
    browser: Annotated[bool, typer.Option(help="Open it in a browser, where there is one.")] = True,
    as_json: AsJson = False,
) -> None:
    """Print the URL of the customer's workflow in the Temporal UI, and open it."""
    settings = find_settings()
    url = find_customer(settings, customer).ui_url(settings)
    if as_json:
        print_json({"ui_url": url})
    else:
        say(url)
    if browser:
        typer.launch(url)


async def _show(settings: Settings, customer: CustomerRef) -> CustomerView:
    async with open_database(settings) as engine:
        return await show_customer(engine, partial(connect_temporal, settings), customer)


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


def _answered(answer: dict[str, Any] | None) -> list[tuple[str, object]]:
    if answer is None:
        return []
    return [
        *([("Problem", answer["trouble"])] if answer["trouble"] else []),
        *(
            ("Planned", f"{moment(datetime.fromisoformat(coming['at']))}  {coming['what']}")
            for coming in answer["coming"]
        ),
        *(("Not applied", f"{parked['event_id']}: {parked['reason']}") for parked in answer["not_applied"]),
        *([("Open carts", ", ".join(answer["open_carts"]))] if answer["open_carts"] else []),
    ]
