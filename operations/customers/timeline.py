"""A customer's timeline from PostgreSQL: events, transitions between states and messages, by time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from db.customers.records import CustomerRecord, StoredEvent, StoredMessage, StoredStep
from lifecycle.headline import headline
from lifecycle.ledger_events import AnyEvent, read_ledger
from operations.customers.find import CustomerRef
from operations.customers.record import read_record
from retention_client.events import CartChanged, Item, OrderPaid

ARROW = " → "
MOST_NAMED = 3


@dataclass(frozen=True)
class TimelineEntry:
    """One line of the timeline; each part may be missing."""

    at: datetime
    event: str | None = None
    state: str | None = None
    message: str | None = None


async def read_timeline(engine: AsyncEngine, customer: CustomerRef) -> list[TimelineEntry]:
    """Read a customer's whole timeline, oldest first. Raises `NotFound`."""
    return timeline(await read_record(engine, customer))


def timeline(record: CustomerRecord) -> list[TimelineEntry]:
    """The whole timeline, oldest first. An event and the transitions that it caused are one entry."""
    events = {event.event_id for event in record.events}
    entries = [
        *(_event(event, [step for step in record.steps if step.cause == event.event_id]) for event in record.events),
        *(_step(step) for step in record.steps if step.cause not in events),
        *(_message(message) for message in record.messages),
    ]
    return sorted(entries, key=lambda entry: (entry.at, entry.message is not None))


def describe_event(event: AnyEvent) -> str:
    """Describe an event in a few words, with the items of its order or cart."""
    match event:
        case OrderPaid():
            return headline(event) + _items(event.order.items)
        case CartChanged():
            return headline(event) + _items(event.cart.items)
        case _:
            return headline(event)


def _event(event: StoredEvent, steps: list[StoredStep]) -> TimelineEntry:
    return TimelineEntry(event.at, event=_event_text(event), state=_path(steps))


def _event_text(event: StoredEvent) -> str:
    if event.body is None:
        return f"{event.type or 'an event'} {_status_note(event)}".rstrip()
    read = read_ledger(event.body)
    return f"{describe_event(read)} {_status_note(event, read)}".rstrip()


def _status_note(event: StoredEvent, read: AnyEvent | None = None) -> str:
    match event.status:
        case "REFUSED":
            return f"(refused: {event.last_error})"
        case "DISCARDED":
            return "(discarded)"
        case "RECEIVED" if not isinstance(read, CartChanged):
            return "(not applied yet)"
    # A cart is final once Temporal has the signal.
    return ""


def _step(step: StoredStep) -> TimelineEntry:
    cause = f"{step.cause} (restated)" if step.restated else step.cause
    return TimelineEntry(step.at, event=cause, state=_path([step]))


def _path(steps: list[StoredStep]) -> str | None:
    if not steps:
        return None
    return ARROW.join((steps[0].from_state, *(step.to_state for step in steps)))


def _message(message: StoredMessage) -> TimelineEntry:
    numbered = f" {message.step}" if (message.step or 1) > 1 else ""
    why = f": {message.reason}" if message.reason else ""
    sent = f"{message.name or 'a deleted campaign'}{numbered} ({message.channel}) {message.status}{why}"
    return TimelineEntry(message.sent_at or message.due_at, message=sent)


def _items(items: tuple[Item, ...]) -> str:
    named = list(_names(items))
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return f" ({', '.join(named[:MOST_NAMED])}{more})" if named else ""


def _names(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        name = item.name or item.sku
        yield name if item.quantity == 1 else f"{item.quantity} × {name}"
