"""Why a customer did, or did not, get a message: every message with its reason, every campaign without one too."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.campaigns.campaigns import REMOVED, StoredCampaign
from db.customers.records import CustomerRecord
from lifecycle.campaigns import CampaignStatus, Conditions, Purpose
from lifecycle.triggers import context_of, triggered_by
from operations.customers.message_explanation import ExplainedMessage, explain_message
from operations.customers.message_occasions import ABANDONED, ENTERED
from retention_client.events import read_ledger


@dataclass(frozen=True)
class ExplainedCampaign:
    """A campaign as it met this customer. Without messages, `why_none` says why as far as is known."""

    slug: str
    name: str
    status: CampaignStatus
    channel: str
    purpose: Purpose
    trigger_event: str
    messages: tuple[ExplainedMessage, ...]
    why_none: str | None


@dataclass(frozen=True)
class Firing:
    """A trigger that came; `context` is None where it is not known any more."""

    event: str
    at: datetime
    context: dict[str, Any] | None = None


def explain(
    story: CustomerRecord, campaigns: Iterable[StoredCampaign], slug: str | None = None
) -> list[ExplainedCampaign]:
    """Every campaign, or the one named, in the order of its slug."""
    known = tuple(campaigns)
    steps: dict[str, list[StoredCampaign]] = {}
    for found in known:
        if slug in (None, found.row.slug) and found.row.trigger_event != REMOVED:
            steps.setdefault(found.row.slug, []).append(found)
    firings = list(_firings(story))
    return [_campaign(story, found[0], known, firings) for found in steps.values()]


def _campaign(
    story: CustomerRecord, first: StoredCampaign, campaigns: tuple[StoredCampaign, ...], firings: list[Firing]
) -> ExplainedCampaign:
    messages = tuple(
        explain_message(story, message, campaigns) for message in story.messages if message.slug == first.row.slug
    )
    return ExplainedCampaign(
        slug=first.row.slug,
        name=first.row.name,
        status=first.status,
        channel=first.row.channel,
        purpose=first.row.purpose,
        trigger_event=first.row.trigger_event,
        messages=messages,
        why_none=None if messages else _why_none(story, first, firings),
    )


def _why_none(story: CustomerRecord, campaign: StoredCampaign, firings: list[Firing]) -> str:
    row = campaign.row
    came = [firing for firing in firings if firing.event == row.trigger_event]
    draft = "it is a draft, and drafts send nothing" if campaign.status is CampaignStatus.DRAFT else None
    if not came:
        never = _never(story, row.trigger_event)
        return f"{never}; besides, {draft}" if draft else never
    last = came[-1]
    unmet = None
    if last.context is not None:
        order_count = story.profile.order_count if story.profile else 0
        unmet = Conditions.model_validate(row.conditions).unmet(last.context, order_count)
    if draft:
        return f"{draft}; its trigger last came on {last.at:%Y-%m-%d}"
    if unmet:
        return f"when its trigger last came, on {last.at:%Y-%m-%d}, its condition {unmet} was not met"
    return f"it was not live yet when its trigger last came, on {last.at:%Y-%m-%d}"


def _never(story: CustomerRecord, trigger: str) -> str:
    """Why a trigger did not come, as far as that is known."""
    state = trigger.removeprefix(ENTERED)
    if trigger == ABANDONED:
        # Only messages keep when a cart was abandoned.
        return "no message tells of a cart that counted as abandoned"
    if any(step.to_state == state for step in story.steps):
        return f"the customer passed through {state} and came to rest elsewhere, which triggers nothing"
    return f"its trigger, {trigger}, never came for this customer"


def _firings(story: CustomerRecord) -> Iterator[Firing]:
    """The triggers that came, as far as the ledger, the steps and the messages of other campaigns tell."""
    contexts: dict[str, dict[str, Any]] = {}
    for event in story.events:
        if event.body is None or event.status != "APPLIED":
            continue
        read = read_ledger(event.body)
        contexts[event.event_id] = context_of(read)
        yield from (Firing(found.event, event.at, found.context) for found in triggered_by(read, new_order=True))
    # Of several steps in one write only the last is a state where the customer came to rest.
    rests = {(step.epoch, step.revision): step for step in story.steps}
    for step in rests.values():
        yield Firing(f"{ENTERED}{step.to_state}", step.at, contexts.get(step.cause))
    for message in story.messages:
        if message.trigger_event == ABANDONED and message.triggered_at is not None:
            yield Firing(ABANDONED, message.triggered_at)
