"""Why a customer did, or did not, get a message: every message with its reason, every campaign without one too."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.campaigns import REMOVED, StoredCampaign
from db.stories import StoredMessage, Story
from lifecycle.campaigns import CampaignStatus, Conditions, Purpose
from lifecycle.events import read_ledger
from lifecycle.messages import MessageStatus
from lifecycle.triggers import context_of, triggered_by

ENTERED = "ENTERED_STATE_"
ABANDONED = "CART_ABANDONED"

IN_WORDS = {
    MessageStatus.PLANNED: "waits for its time",
    MessageStatus.CLAIMED: "is being sent",
    MessageStatus.SENT: "was sent",
    MessageStatus.OPENED: "was sent and opened",
    MessageStatus.CLICKED: "was sent, and a link in it followed",
    MessageStatus.SKIPPED: "was not sent",
    MessageStatus.FAILED: "could not be sent",
    MessageStatus.BOUNCED: "came back: the address does not exist",
    MessageStatus.COMPLAINED: "was sent, and the customer called it spam",
    MessageStatus.UNKNOWN: "may have been sent, nobody knows",
}


@dataclass(frozen=True)
class ExplainedMessage:
    """One message: what it answered to, when it was to go, what became of it and why."""

    step: int
    occurrence: str | None
    triggered_at: datetime | None
    planned_at: datetime
    due_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    status: str
    why: str
    attempts: int
    provider: str | None
    provider_message_id: str | None


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


def explain(story: Story, campaigns: Iterable[StoredCampaign], slug: str | None = None) -> list[ExplainedCampaign]:
    """Every campaign, or the one named, in the order of its slug."""
    steps: dict[str, list[StoredCampaign]] = {}
    for found in campaigns:
        if slug in (None, found.row.slug) and found.row.trigger_event != REMOVED:
            steps.setdefault(found.row.slug, []).append(found)
    firings = list(_firings(story))
    return [_campaign(story, found, firings) for found in steps.values()]


def _campaign(story: Story, steps: list[StoredCampaign], firings: list[Firing]) -> ExplainedCampaign:
    first = steps[0]
    messages = tuple(_message(message) for message in story.messages if message.slug == first.row.slug)
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


def _message(message: StoredMessage) -> ExplainedMessage:
    words = IN_WORDS[MessageStatus(message.status)]
    by = f" by {message.provider}" if message.provider and message.sent_at else ""
    return ExplainedMessage(
        step=message.step or 1,
        occurrence=message.occurrence,
        triggered_at=message.triggered_at,
        planned_at=message.planned_at,
        due_at=message.due_at,
        expires_at=message.expires_at,
        sent_at=message.sent_at,
        status=message.status,
        why=f"{words}{by}: {message.reason}" if message.reason else f"{words}{by}",
        attempts=message.attempts,
        provider=message.provider,
        provider_message_id=message.provider_message_id,
    )


def _why_none(story: Story, campaign: StoredCampaign, firings: list[Firing]) -> str:
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


def _never(story: Story, trigger: str) -> str:
    """Why a trigger did not come, as far as that is known."""
    state = trigger.removeprefix(ENTERED)
    if trigger == ABANDONED:
        # Only messages keep when a cart was abandoned.
        return "no message tells of a cart that counted as abandoned"
    if any(step.to_state == state for step in story.steps):
        return f"the customer passed through {state} and came to rest elsewhere, which triggers nothing"
    return f"its trigger, {trigger}, never came for this customer"


def _firings(story: Story) -> Iterator[Firing]:
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
