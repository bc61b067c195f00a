"""The cause of a message: the event that triggered it, and the campaigns on the same trigger."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from db.campaigns.campaigns import StoredCampaign
from db.customers.records import CustomerRecord, StoredEvent, StoredMessage
from lifecycle.campaigns import CampaignStatus, Conditions
from lifecycle.ledger_events import read_ledger
from operations.customers.timeline import describe_event
from retention_client.events import CartChanged, OrderPaid

ENTERED = "ENTERED_STATE_"
ABANDONED = "CART_ABANDONED"


@dataclass(frozen=True)
class MessageCause:
    """What happened, in words. `event_id` and `type` are None when time was the cause and not an event."""

    at: datetime
    what: str
    type: str | None = None
    event_id: str | None = None


@dataclass(frozen=True)
class CandidateCampaign:
    """A campaign on the same trigger: whether it planned messages, and their statuses or the reason for none."""

    slug: str
    answered: bool
    why: str


def cause_of(record: CustomerRecord, message: StoredMessage) -> MessageCause | None:
    """Return what triggered a message; None if it is no longer known."""
    if message.trigger_event is None or message.triggered_at is None:
        return None
    cause = _cause(record, message)
    found = next((event for event in reversed(record.events) if _is_cause(event, message, cause)), None)
    if found is not None and found.body is not None:
        return MessageCause(found.at, describe_event(read_ledger(found.body)), found.type, found.event_id)
    return MessageCause(message.triggered_at, cause or f"{message.trigger_event} {message.occurrence or ''}".rstrip())


def candidates_for(
    record: CustomerRecord, message: StoredMessage, campaigns: Iterable[StoredCampaign]
) -> tuple[CandidateCampaign, ...]:
    """Return every campaign on a message's trigger, in the order of their slugs."""
    on_trigger = [found for found in campaigns if found.row.trigger_event == message.trigger_event]
    on_trigger.sort(key=lambda found: (found.row.slug, found.row.step))
    return tuple(
        _candidate(record, message, next(steps)) for _, steps in groupby(on_trigger, key=lambda found: found.row.slug)
    )


def _candidate(record: CustomerRecord, message: StoredMessage, campaign: StoredCampaign) -> CandidateCampaign:
    slug = campaign.row.slug
    answers = list(_answers(record, message, slug))
    if answers:
        return CandidateCampaign(slug, True, "; ".join(answers))
    if campaign.status is CampaignStatus.DRAFT:
        return CandidateCampaign(slug, False, "it is a draft, and drafts send nothing")
    # Today's order count: the count at that time is not stored.
    order_count = record.profile.order_count if record.profile else 0
    unmet = Conditions.model_validate(campaign.row.conditions).unmet(message.context, order_count)
    return CandidateCampaign(slug, False, f"its condition {unmet} was not met" if unmet else "it was not live then")


def _answers(record: CustomerRecord, message: StoredMessage, slug: str) -> Iterator[str]:
    for other in record.messages:
        if (other.slug, other.trigger_event, other.occurrence) == (slug, message.trigger_event, message.occurrence):
            why = f": {other.reason}" if other.reason else ""
            yield f"message {other.step or 1} {other.status}{why}"


def _cause(record: CustomerRecord, message: StoredMessage) -> str | None:
    """For a state that was entered: the id of the event that caused it, or the time rule."""
    state = (message.trigger_event or "").removeprefix(ENTERED)
    steps = (step for step in record.steps if step.to_state == state and step.at == message.triggered_at)
    return next((step.cause for step in steps), None)


def _is_cause(event: StoredEvent, message: StoredMessage, cause: str | None) -> bool:
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
