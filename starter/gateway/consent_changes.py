"""What a customer says about messages to them: it holds at once, and their workflow is told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog

from db.customers import consent
from db.customers.consent import Person
from intake.door.incoming import EventRejected, IncomingEvent
from lifecycle.campaigns import Channel
from starter.gateway.context import GatewayContext

MOMENT = timedelta(microseconds=1)

log = structlog.get_logger("gateway")


async def withdraw(
    front: GatewayContext,
    person: Person,
    channels: Sequence[Channel],
    *,
    told_by: str,
    source: str,
    event_id: str | None = None,
) -> None:
    """End consent. `told_by` is whom the inbox says it is from, `source` how the customer said it.

    Said again, it is the same event: its id is `event_id`, or made from the moment since when there is silence. Raises
    `SQLAlchemyError`; whatever was done then is done once by the repetition.
    """
    facts: list[IncomingEvent] = []
    for channel in channels:
        at = later_than_all(front, person)
        since = await consent.withdraw(front.engine, person.customer_id, channel, source=source, at=at)
        name = event_id or _name(person, channel, since.astimezone(UTC).isoformat() if since else f"{at:%Y-%m-%dT%H}")
        facts.append(fact(channel, granted=False, at=since or at, source=source, event_id=name, person=person))
    await tell(front, facts, told_by)


async def grant(
    front: GatewayContext,
    person: Person,
    channels: Sequence[Channel],
    *,
    told_by: str,
    source: str,
    event_id: str | None = None,
) -> None:
    """Give consent again, which ends a silence that the customer asked for. Raises `SQLAlchemyError`: nothing is done.

    The inbox ends the silence in the statement that keeps the event.
    """
    at = later_than_all(front, person)
    names = {channel: event_id or _name(person, channel, f"again:{at.isoformat()}") for channel in channels}
    facts = [
        fact(channel, granted=True, at=at, source=source, event_id=name, person=person)
        for channel, name in names.items()
    ]
    await tell(front, facts, told_by)


def fact(
    channel: Channel,
    *,
    granted: bool,
    at: datetime,
    source: str,
    event_id: str,
    person: Person | None = None,
    references: tuple[str, ...] = (),
) -> IncomingEvent:
    """The event; without a `person` it is for whoever `references` will name."""
    event = {
        "type": "CONSENT_CHANGED",
        "event_id": event_id,
        "occurred_at": at.isoformat(),
        "channel": channel.lower(),
        "granted": granted,
        "source": source,
    }
    return IncomingEvent({**event, "customer_email": person.email} if person else event, references, trusted=True)


async def tell(front: GatewayContext, facts: Sequence[IncomingEvent], told_by: str) -> None:
    """Have the customers' workflows told."""
    for answer in await front.door.accept(facts, source=told_by) if facts else ():
        if isinstance(answer, EventRejected):
            log.error("a change of consent was not taken", field=answer.field, reason=answer.reason)


def later_than_all(front: GatewayContext, person: Person) -> datetime:
    """Now, or for a customer who lives in the future then: the latest word is the one that counts."""
    heard = [silence.since for silence in person.silence.values()]
    if person.lives_at is not None:
        heard.append(person.lives_at)
    return max([front.clock(), *(moment + MOMENT for moment in heard)]).astimezone(UTC)


def _name(person: Person, channel: Channel, moment: str) -> str:
    return f"consent:{person.customer_id}:{channel.lower()}:{moment}"
