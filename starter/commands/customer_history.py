"""`retention customer timeline` and `explain`: what happened to a customer, and why."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from db.campaigns.campaigns import StoredCampaign, list_campaigns
from db.customers.records import CustomerRecord, load_story
from operations.access.connections import open_database
from operations.customers.explanation import ExplainedCampaign
from operations.customers.explanation import explain as explain_story
from operations.customers.find import find_customer
from operations.customers.story import moments
from settings import Settings
from starter.commands.consent_words import consent_said, consents
from starter.commands.context import find_settings
from starter.commands.errors import Failed, WrongUse
from starter.commands.message_lines import message_lines
from starter.commands.options import AsJson, CustomerName, example
from starter.commands.output import console, fields, moment, print_json
from starter.commands.timeline_table import timeline_table

TIMELINE_EXAMPLE = example("retention customer timeline ada@example.com")
EXPLAIN_EXAMPLE = example(
    "retention customer explain ada@example.com", "retention customer explain ada@example.com --campaign vip-welcome"
)


def timeline(customer: CustomerName, as_json: AsJson = False) -> None:
    """The whole story, oldest first: events, steps between states, messages."""
    story, _ = _load(customer)
    if as_json:
        print_json([asdict(one) for one in moments(story)])
        return
    console().print(timeline_table(None, story))


def explain(
    customer: CustomerName,
    campaign: Annotated[str | None, typer.Option(metavar="SLUG", help="Only this campaign.")] = None,
    as_json: AsJson = False,
) -> None:
    """Why the customer did, or did not, get each campaign."""
    story, campaigns = _load(customer)
    if campaign is not None and campaign not in {found.row.slug for found in campaigns}:
        raise WrongUse("--campaign: no campaign has this slug (`retention campaign list` shows all)")
    found = explain_story(story, campaigns, campaign)
    refused = [event for event in story.events if event.status == "REFUSED"]
    profile = story.profile
    if as_json:
        print_json(
            {
                "customer_id": profile and profile.customer_id,
                "state": profile and profile.state,
                "consent": profile and {"email": profile.consent_email, "sms": profile.consent_sms},
                "consent_said": profile and consent_said(profile),
                "suppressions": [asdict(one) for one in story.suppressions],
                "not_applied": [{"event_id": event.event_id, "reason": event.last_error} for event in refused],
                "campaigns": [asdict(one) for one in found],
            }
        )
        return
    out = console()
    out.print(fields(_standing(story)))
    for event in refused:
        out.print(fields([("Not applied", f"{event.event_id}: {event.last_error}")]))
    for one in found:
        out.print()
        out.print(fields(_campaign(one)))
        for message in one.messages:
            out.print(fields(message_lines(message)))


def _load(customer: str) -> tuple[CustomerRecord, tuple[StoredCampaign, ...]]:
    settings = find_settings()
    named = find_customer(settings, customer)
    story, campaigns = asyncio.run(_read(settings, named.customer_id))
    if story.profile is None and not story.events and not story.messages:
        raise Failed("no such customer: the database does not know this id")
    return story, campaigns


async def _read(settings: Settings, customer_id: str) -> tuple[CustomerRecord, tuple[StoredCampaign, ...]]:
    async with open_database(settings) as engine:
        return await load_story(engine, customer_id), await list_campaigns(engine)


def _standing(story: CustomerRecord) -> list[tuple[str, object]]:
    known = story.profile
    return [
        ("State", known.state if known else "not in the database yet"),
        *([("Consent", consents(known))] if known else []),
        *(("Suppressed", f"{one.channel}: {one.reason}, since {moment(one.created_at)}") for one in story.suppressions),
    ]


def _campaign(found: ExplainedCampaign) -> list[tuple[str, object]]:
    about = f"{found.name}: {found.channel}, {found.purpose}, {found.status}, on {found.trigger_event}"
    return [(found.slug, about), *([("  none", found.why_none)] if found.why_none else [])]
