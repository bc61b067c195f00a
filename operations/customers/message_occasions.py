"""What a message answered to: the event itself, and the campaigns that it could have been for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from db.campaigns.campaigns import REMOVED, StoredCampaign
from db.customers.records import CustomerRecord, StoredEvent, StoredMessage
from lifecycle.campaigns import CampaignStatus, Conditions
from operations.customers.story import described
from retention_client.events import CartChanged, OrderPaid, read_ledger

ENTERED = "ENTERED_STATE_"
ABANDONED = "CART_ABANDONED"


@dataclass(frozen=True)
class Occasion:
    """What happened, in words. `event_id` and `type` are those of the event, where it was one and not time."""

    at: datetime
    what: str
    type: str | None = None
    event_id: str | None = None


@dataclass(frozen=True)
class Candidate:
    """A campaign on the same trigger: whether it answered, and how, or why not."""

    slug: str
    answered: bool
    why: str


def occasion_of(story: CustomerRecord, message: StoredMessage) -> Occasion | None:
    """What triggered a message; None where that is not known any more."""
    if message.trigger_event is None or message.triggered_at is None:
        return None
    cause = _cause(story, message)
    found = next((event for event in reversed(story.events) if _is_it(event, message, cause)), None)
    if found is not None and found.body is not None:
        return Occasion(found.at, described(read_ledger(found.body)), found.type, found.event_id)
    return Occasion(message.triggered_at, cause or f"{message.trigger_event} {message.occurrence or ''}".rstrip())


def candidates_for(
    story: CustomerRecord, message: StoredMessage, campaigns: Iterable[StoredCampaign]
) -> tuple[Candidate, ...]:
    """Every campaign on a message's trigger, in the order of their slugs."""
    on_trigger = [found for found in campaigns if found.row.trigger_event == message.trigger_event != REMOVED]
    on_trigger.sort(key=lambda found: (found.row.slug, found.row.step))
    return tuple(
        _candidate(story, message, next(steps)) for _, steps in groupby(on_trigger, key=lambda found: found.row.slug)
    )


def _candidate(story: CustomerRecord, message: StoredMessage, campaign: StoredCampaign) -> Candidate:
    slug = campaign.row.slug
    answers = list(_answers(story, message, slug))
    if answers:
        return Candidate(slug, True, "; ".join(answers))
    if campaign.status is CampaignStatus.DRAFT:
        return Candidate(slug, False, "it is a draft, and drafts send nothing")
    # Orders are counted as they are today: what they were then is not kept.
    order_count = story.profile.order_count if story.profile else 0
    unmet = Conditions.model_validate(campaign.row.conditions).unmet(message.context, order_count)
    return Candidate(slug, False, f"its condition {unmet} was not met" if unmet else "it was not live then")


def _answers(story: CustomerRecord, message: StoredMessage, slug: str) -> Iterator[str]:
    for other in story.messages:
        if (other.slug, other.trigger_event, other.occurrence) == (slug, message.trigger_event, message.occurrence):
            why = f": {other.reason}" if other.reason else ""
            yield f"message {other.step or 1} {other.status}{why}"


def _cause(story: CustomerRecord, message: StoredMessage) -> str | None:
    """Of a state that was entered: the event's id, or the rule of time."""
    state = (message.trigger_event or "").removeprefix(ENTERED)
    steps = (step for step in story.steps if step.to_state == state and step.at == message.triggered_at)
    return next((step.cause for step in steps), None)


def _is_it(event: StoredEvent, message: StoredMessage, cause: str | None) -> bool:
    if event.body is None:
        return False
    if event.event_id in (cause, message.occurrence):
        return True
    read = read_ledger(event.body)
    match read:
        case OrderPaid():
            return message.trigger_event == "ORDER_PAID" and read.order.order_id == message.occurrence
        case CartChanged():
            known = message.trigger_event == ABANDONED and read.cart.cart_id == message.occurrence
            return known and message.triggered_at is not None and event.at <= message.triggered_at
        case _:
            return False
