"""Changes of consent through our links, pages and text messages: effective immediately, and sent to the workflow."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from db.customers import consent
from db.customers.consent import Person
from intake.door.door import Door
from intake.door.incoming import EventRejected, IncomingEvent
from lifecycle.campaigns import Channel

MOMENT = timedelta(microseconds=1)

log = structlog.get_logger("consent")


class ConsentContext(Protocol):
    """What a change of consent needs: PostgreSQL, the door for events, and the current time."""

    @property
    def engine(self) -> AsyncEngine:
        """The database."""

    @property
    def door(self) -> Door:
        """Where the event is accepted."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """The current time."""


async def withdraw_consent(
    context: ConsentContext,
    person: Person,
    channels: Sequence[Channel],
    *,
    reported_by: str,
    source: str,
    event_id: str | None = None,
) -> None:
    """Withdraw consent.

    `reported_by` becomes the event's source in the inbox, `source` is how the customer withdrew it. A repetition is the
    same event: its id is `event_id`, or derived from the time of the suppression. Raises `SQLAlchemyError`; repeat the
    call to complete it.
    """
    events: list[IncomingEvent] = []
    for channel in channels:
        at = latest_time(context, person)
        since = await consent.withdraw(context.engine, person.customer_id, channel, source=source, at=at)
        derived = _event_id(person, channel, since.astimezone(UTC).isoformat() if since else f"{at:%Y-%m-%dT%H}")
        events.append(
            consent_event(
                channel, granted=False, at=since or at, source=source, event_id=event_id or derived, person=person
            )
        )
    await accept_changes(context, events, reported_by)


async def grant_consent(
    context: ConsentContext,
    person: Person,
    channels: Sequence[Channel],
    *,
    reported_by: str,
    source: str,
    event_id: str | None = None,
) -> None:
    """Grant consent, which ends an unsubscription. Raises `SQLAlchemyError`, and then has changed nothing.

    The inbox deletes the suppression in the statement that stores the event.
    """
    at = latest_time(context, person)
    events = [
        consent_event(
            channel,
            granted=True,
            at=at,
            source=source,
            event_id=event_id or _event_id(person, channel, f"again:{at.isoformat()}"),
            person=person,
        )
        for channel in channels
    ]
    await accept_changes(context, events, reported_by)


def consent_event(
    channel: Channel,
    *,
    granted: bool,
    at: datetime,
    source: str,
    event_id: str,
    person: Person | None = None,
    references: tuple[str, ...] = (),
) -> IncomingEvent:
    """The event of one statement; without a `person` it waits for the customer whom `references` will identify."""
    event = {
        "type": "CONSENT_CHANGED",
        "event_id": event_id,
        "occurred_at": at.isoformat(),
        "channel": channel.lower(),
        "granted": granted,
        "source": source,
    }
    return IncomingEvent({**event, "customer_email": person.email} if person else event, references, trusted=True)


async def accept_changes(context: ConsentContext, events: Sequence[IncomingEvent], reported_by: str) -> None:
    """Accept events of `consent_event` into the inbox. Raises `SQLAlchemyError`."""
    for result in await context.door.accept(events, source=reported_by) if events else ():
        if isinstance(result, EventRejected):
            log.error("a change of consent was rejected", field=result.field, reason=result.reason)


def latest_time(context: ConsentContext, person: Person) -> datetime:
    """Now, or just after the newest statement of a customer whose clock is ahead: the newest statement counts."""
    known = [silence.since for silence in person.silence.values()]
    if person.written_at is not None:
        known.append(person.written_at)
    return max([context.clock(), *(at + MOMENT for at in known)]).astimezone(UTC)


def _event_id(person: Person, channel: Channel, suffix: str) -> str:
    return f"consent:{person.customer_id}:{channel.lower()}:{suffix}"
