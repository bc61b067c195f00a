"""`retention customer timeline` and `explain`: what happened to a customer, and why."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from db.customers.records import CustomerRecord
from operations.customers.explanation import CustomerExplanation, ExplainedCampaign, explain_customer
from operations.customers.find import find_customer
from operations.customers.timeline import TimelineEntry, read_timeline
from starter.commands.consent_words import consent_origins, consents
from starter.commands.context import find_settings
from starter.commands.database_operation import run_on_database
from starter.commands.message_lines import message_lines
from starter.commands.options import AsJson, CustomerName, example
from starter.commands.output import console, fields, moment, print_json, table

TIMELINE_EXAMPLE = example("retention customer timeline ada@example.com")
EXPLAIN_EXAMPLE = example(
    "retention customer explain ada@example.com", "retention customer explain ada@example.com --campaign vip-welcome"
)


def timeline(customer: CustomerName, as_json: AsJson = False) -> None:
    """The whole timeline, oldest first: events, transitions between states, messages."""
    settings = find_settings()
    found = find_customer(settings, customer)
    entries = run_on_database(settings, lambda engine: read_timeline(engine, found))
    if as_json:
        print_json([asdict(entry) for entry in entries])
    else:
        console().print(timeline_table(None, entries))


def explain(
    customer: CustomerName,
    campaign: Annotated[str | None, typer.Option(metavar="SLUG", help="Only this campaign.")] = None,
    as_json: AsJson = False,
) -> None:
    """Why the customer got, or did not get, each campaign."""
    settings = find_settings()
    ref = find_customer(settings, customer)
    found = run_on_database(settings, lambda engine: explain_customer(engine, ref, campaign))
    if as_json:
        print_json(_document(found))
        return
    out = console()
    out.print(fields(_header(found.record)))
    for event in found.refused:
        out.print(fields([("Not applied", f"{event.event_id}: {event.last_error}")]))
    for one in found.campaigns:
        out.print()
        out.print(fields(_campaign(one)))
        for message in one.messages:
            out.print(fields(message_lines(message)))


def timeline_table(title: str | None, entries: Iterable[TimelineEntry]) -> Table:
    """Date, event, state and message, oldest first; times are UTC."""
    rows = ((entry.at, entry.event, entry.state, entry.message) for entry in entries)
    return table(title, ("Date (UTC)", "Event", "State", "Message"), rows)


def _document(found: CustomerExplanation) -> dict[str, object]:
    profile = found.record.profile
    return {
        "customer_id": profile and profile.customer_id,
        "state": profile and profile.state,
        "consent": profile and {"email": profile.consent_email, "sms": profile.consent_sms},
        "consent_said": profile and consent_origins(profile),
        "suppressions": [asdict(one) for one in found.record.suppressions],
        "not_applied": [{"event_id": event.event_id, "reason": event.last_error} for event in found.refused],
        "campaigns": [asdict(one) for one in found.campaigns],
    }


def _header(record: CustomerRecord) -> list[tuple[str, object]]:
    profile = record.profile
    return [
        ("State", profile.state if profile else "not in the database yet"),
        *([("Consent", consents(profile))] if profile else []),
        *(
            ("Suppressed", f"{one.channel}: {one.reason}, since {moment(one.created_at)}")
            for one in record.suppressions
        ),
    ]


def _campaign(found: ExplainedCampaign) -> list[tuple[str, object]]:
    about = f"{found.name}: {found.channel}, {found.purpose}, {found.status}, on {found.trigger_event}"
    return [(found.slug, about), *([("  none", found.why_none)] if found.why_none else [])]
