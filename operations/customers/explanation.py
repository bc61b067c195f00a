"""Why a customer did or did not get each campaign: every message with its reason, and campaigns without messages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns.campaigns import StoredCampaign, list_campaigns
from db.customers.records import CustomerRecord, StoredEvent
from lifecycle.campaigns import CampaignStatus, Conditions, Purpose
from lifecycle.ledger_events import read_ledger
from lifecycle.triggers import context_of, triggered_by
from operations.campaigns.selection import check_slugs
from operations.customers.find import CustomerRef
from operations.customers.message_causes import ABANDONED, ENTERED
from operations.customers.message_explanation import ExplainedMessage, explain_message
from operations.customers.record import read_record


@dataclass(frozen=True)
class ExplainedCampaign:
    """A campaign and its messages for one customer. Without messages `why_none` is the reason, as far as known."""

    slug: str
    name: str
    status: CampaignStatus
    channel: str
    purpose: Purpose
    trigger_event: str
    messages: tuple[ExplainedMessage, ...]
    why_none: str | None


@dataclass(frozen=True)
class CustomerExplanation:
    """A customer's record, the events that were refused, and each campaign with its messages or the reason for none."""

    record: CustomerRecord
    refused: tuple[StoredEvent, ...]
    campaigns: tuple[ExplainedCampaign, ...]


@dataclass(frozen=True)
class TriggerOccurrence:
    """One occurrence of a trigger; `context` is None if it is no longer known."""

    event: str
    at: datetime
    context: dict[str, Any] | None = None


async def explain_customer(engine: AsyncEngine, customer: CustomerRef, slug: str | None = None) -> CustomerExplanation:
    """Explain every campaign, or the one with this slug, for a customer.

    Raises `NotFound` for a customer, and `UnknownCampaign` for a slug that does not exist.
    """
    record, campaigns = await read_record(engine, customer), await list_campaigns(engine)
    if slug is not None:
        check_slugs([slug], {campaign.row.slug for campaign in campaigns})
    refused = tuple(event for event in record.events if event.status == "REFUSED")
    return CustomerExplanation(record, refused, tuple(explain_campaigns(record, campaigns, slug)))


def explain_campaigns(
    record: CustomerRecord, campaigns: Iterable[StoredCampaign], slug: str | None = None
) -> list[ExplainedCampaign]:
    """Explain every campaign, or the one with this slug, in the order of the slugs."""
    known = tuple(campaigns)
    steps: dict[str, list[StoredCampaign]] = {}
    for found in known:
        if slug in (None, found.row.slug):
            steps.setdefault(found.row.slug, []).append(found)
    occurrences = list(_occurrences(record))
    return [_campaign(record, found[0], known, occurrences) for found in steps.values()]


def _campaign(
    record: CustomerRecord,
    first: StoredCampaign,
    campaigns: tuple[StoredCampaign, ...],
    occurrences: list[TriggerOccurrence],
) -> ExplainedCampaign:
    messages = tuple(
        explain_message(record, message, campaigns) for message in record.messages if message.slug == first.row.slug
    )
    return ExplainedCampaign(
        slug=first.row.slug,
        name=first.row.name,
        status=first.status,
        channel=first.row.channel,
        purpose=first.row.purpose,
        trigger_event=first.row.trigger_event,
        messages=messages,
        why_none=None if messages else _why_none(record, first, occurrences),
    )


def _why_none(record: CustomerRecord, campaign: StoredCampaign, occurrences: list[TriggerOccurrence]) -> str:
    row = campaign.row
    occurred = [occurrence for occurrence in occurrences if occurrence.event == row.trigger_event]
    draft = "it is a draft, and drafts send nothing" if campaign.status is CampaignStatus.DRAFT else None
    if not occurred:
        never = _never(record, row.trigger_event)
        return f"{never}; besides, {draft}" if draft else never
    last = occurred[-1]
    unmet = None
    if last.context is not None:
        order_count = record.profile.order_count if record.profile else 0
        unmet = Conditions.model_validate(row.conditions).unmet(last.context, order_count)
    if draft:
        return f"{draft}; its trigger last occurred on {last.at:%Y-%m-%d}"
    if unmet:
        return f"when its trigger last occurred, on {last.at:%Y-%m-%d}, its condition {unmet} was not met"
    return f"it was not live yet when its trigger last occurred, on {last.at:%Y-%m-%d}"


def _never(record: CustomerRecord, trigger: str) -> str:
    """Why a trigger did not occur, as far as known."""
    state = trigger.removeprefix(ENTERED)
    if trigger == ABANDONED:
        # When a cart was abandoned is stored with messages only.
        return "no message shows that a cart was abandoned"
    if any(step.to_state == state for step in record.steps):
        return f"the customer passed through {state} on the way to another state, which triggers nothing"
    return f"its trigger, {trigger}, never occurred for this customer"


def _occurrences(record: CustomerRecord) -> Iterator[TriggerOccurrence]:
    """The triggers that occurred, as far as the ledger, the transitions and other campaigns' messages show them."""
    contexts: dict[str, dict[str, Any]] = {}
    for event in record.events:
        if event.body is None or event.status != "APPLIED":
            continue
        read = read_ledger(event.body)
        contexts[event.event_id] = context_of(read)
        yield from (
            TriggerOccurrence(found.event, event.at, found.context) for found in triggered_by(read, new_order=True)
        )
    # Of several transitions in one write only the last one triggers campaigns.
    last_of_each_write = {(step.epoch, step.revision): step for step in record.steps}
    for step in last_of_each_write.values():
        yield TriggerOccurrence(f"{ENTERED}{step.to_state}", step.at, contexts.get(step.cause))
    for message in record.messages:
        if message.trigger_event == ABANDONED and message.triggered_at is not None:
            yield TriggerOccurrence(ABANDONED, message.triggered_at)
