"""A customer's story as PostgreSQL knows it: events, steps between states and messages, by their time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from db.customers.records import CustomerRecord, StoredEvent, StoredMessage, StoredStep
from lifecycle.headline import headline
from retention_client.events import AnyEvent, CartChanged, Item, OrderPaid, read_ledger

ARROW = " → "
MOST_NAMED = 3


@dataclass(frozen=True)
class Moment:
    """One line of the story; each part may be missing."""

    at: datetime
    event: str | None = None
    state: str | None = None
    message: str | None = None


def moments(story: CustomerRecord) -> list[Moment]:
    """The whole story, oldest first. What an event caused stands beside it."""
    events = {event.event_id for event in story.events}
    told = [
        *(_event(event, [step for step in story.steps if step.cause == event.event_id]) for event in story.events),
        *(_step(step) for step in story.steps if step.cause not in events),
        *(_message(message) for message in story.messages),
    ]
    return sorted(told, key=lambda moment: (moment.at, moment.message is not None))


def described(event: AnyEvent) -> str:
    """An event in a few words, with what was bought or lies in the cart."""
    match event:
        case OrderPaid():
            return headline(event) + _items(event.order.items)
        case CartChanged():
            return headline(event) + _items(event.cart.items)
        case _:
            return headline(event)


def _event(event: StoredEvent, steps: list[StoredStep]) -> Moment:
    return Moment(event.at, event=_told(event), state=_path(steps))


def _told(event: StoredEvent) -> str:
    if event.body is None:
        return f"{event.type or 'an event'} {_fate(event)}".rstrip()
    read = read_ledger(event.body)
    return f"{described(read)} {_fate(event, read)}".rstrip()


def _fate(event: StoredEvent, read: AnyEvent | None = None) -> str:
    match event.status:
        case "REFUSED":
            return f"(refused: {event.last_error})"
        case "DISCARDED":
            return "(discarded)"
        case "RECEIVED" if not isinstance(read, CartChanged):
            return "(not applied yet)"
    # A cart is final once Temporal has the signal.
    return ""


def _step(step: StoredStep) -> Moment:
    cause = f"{step.cause} (the past restated)" if step.restated else step.cause
    return Moment(step.at, event=cause, state=_path([step]))


def _path(steps: list[StoredStep]) -> str | None:
    if not steps:
        return None
    return ARROW.join((steps[0].from_state, *(step.to_state for step in steps)))


def _message(message: StoredMessage) -> Moment:
    numbered = f" {message.step}" if (message.step or 1) > 1 else ""
    why = f": {message.reason}" if message.reason else ""
    told = f"{message.name or 'a campaign that is gone'}{numbered} ({message.channel}) {message.status}{why}"
    return Moment(message.sent_at or message.due_at, message=told)


def _items(items: tuple[Item, ...]) -> str:
    named = list(_names(items))
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return f" ({', '.join(named[:MOST_NAMED])}{more})" if named else ""


def _names(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        name = item.name or item.sku
        yield name if item.quantity == 1 else f"{item.quantity} × {name}"
