"""The door: everything a shop tells is checked and committed here, before anybody is told that it was taken."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox import arrivals as inbox
from db.inbox.arrivals import NewEvent, PendingEvent
from intake.door import references
from intake.door.incoming import EventAccepted, EventRejected, EventResult, IncomingEvent, PrivacyRequest
from lifecycle.contact import contact_fields
from lifecycle.quiet_events import profile_fields_set
from retention_client.events import InvalidEvent, StorefrontEvent, parse_event
from retention_client.fields import UNSTORABLE
from retention_client.identity import InvalidAddress, customer_id, normalise_email

HEAD_START = timedelta(seconds=10)
"""How long whoever took an event in has it to themselves, to signal it at once."""

SOMEBODY = "somebody@unknown.test"
"""Stands in for the address of a customer who is not known yet while their event is checked; never kept."""

# Words, and not addresses: looking for the @ within takes the square of a long word's length.
WORDS = re.compile(r"[^\s\"'<>,;:()\[\]\\]+")
LONGEST_ADDRESS = 254
MOST_MENTIONED = 100
LONGEST_REFERENCE = 300
LONGEST_TOPIC = 100


class Signals(Protocol):
    """Whoever signals at once what was taken in."""

    def offer(self, events: Iterable[PendingEvent]) -> None:
        """Take events over; those that cannot be are left to the relay."""


class Door:
    """Takes in facts, requests and what cannot be used. Safe to share between tasks.

    Every method raises `SQLAlchemyError` when PostgreSQL cannot take it in; nothing was kept then. What is to be
    signalled goes to `signals`, and without any to the relay.
    """

    def __init__(
        self, engine: AsyncEngine, *, identity_key: bytes, currency: str, signals: Signals | None = None
    ) -> None:
        self._engine = engine
        self._identity_key = identity_key
        self._currency = currency
        self._signals = signals

    async def accept(
        self, facts: Sequence[IncomingEvent], *, source: str, topic: str | None = None
    ) -> tuple[EventResult, ...]:
        """Keep events; an answer for each, in their order. One told before gets the answer it got then."""
        answers: list[EventResult | NewEvent] = []
        events: dict[str, NewEvent] = {}
        for fact in facts:
            try:
                event = self._new_event(fact)
                answers.append(event)
                events.setdefault(event.event_id, event)
            except InvalidEvent as error:
                answers.append(EventRejected(error.field, error.reason))
        if not events:
            return tuple(answer for answer in answers if not isinstance(answer, NewEvent))
        accepted = await self._keep(list(events.values()), source, _kept_topic(topic))
        return tuple(
            self._answer(answer, accepted.standing[answer.event_id]) if isinstance(answer, NewEvent) else answer
            for answer in answers
        )

    def check(self, fact: IncomingEvent) -> EventResult:
        """What an event by itself would be answered; nothing is kept."""
        try:
            return EventAccepted(self._new_event(fact).event_id)
        except InvalidEvent as error:
            return EventRejected(error.field, error.reason)

    async def request(self, request: PrivacyRequest, *, source: str, topic: str | None = None) -> EventAccepted:
        """Keep a request for data or erasure, without the address it names. Raises `InvalidAddress`."""
        topic = _kept_topic(topic)
        whose = customer_id(self._identity_key, normalise_email(request.email)) if request.email else None
        event = NewEvent(
            event_id=request.event_id,
            type=request.kind,
            occurred_at=request.occurred_at,
            body={
                "requested_by": " ".join(filter(None, (source, topic))),
                "occurred_at": request.occurred_at.isoformat(),
            },
            customer_id=whose,
            customer_email=None,
            names=tuple(name for name in request.references if _usable(name)),
            request=True,
        )
        accepted = await self._keep([event], source, topic)
        return EventAccepted(request.event_id, waiting=accepted.standing[request.event_id].status == "WAITING")

    async def keep(
        self, event_id: str, reason: str, raw: bytes | None, *, source: str, topic: str | None, now: datetime
    ) -> None:
        """Keep what cannot be used: as refused with its raw bytes, or, without any, as skipped."""
        mentions = self._mentioned_in(raw) if raw else []
        await inbox.keep(
            self._engine,
            event_id=event_id,
            reason=reason,
            raw=raw,
            mentions=mentions,
            source=source,
            topic=_kept_topic(topic),
            now=now,
        )

    async def _keep(self, events: Sequence[NewEvent], source: str, topic: str | None) -> inbox.AcceptResult:
        head_start = HEAD_START if self._signals is not None else timedelta()
        accepted = await inbox.accept(self._engine, events, source=source, topic=topic, head_start=head_start)
        if self._signals is not None:
            self._signals.offer(accepted.to_signal)
        return accepted

    def _new_event(self, fact: IncomingEvent) -> NewEvent:
        """Check an event as the contract has it. Raises `InvalidEvent`."""
        if not all(map(_usable, fact.references)):
            raise InvalidEvent("references", f"hold what cannot be kept, or more than {LONGEST_REFERENCE} characters")
        known = bool(fact.event.get("customer_email"))
        event = parse_event(
            dict(fact.event) if known else {**fact.event, "customer_email": SOMEBODY},
            currency=self._currency,
            trusted=fact.trusted,
        )
        names = tuple(dict.fromkeys((*fact.references, *references.of_event(event))))
        if not known and not names:
            raise InvalidEvent("customer_email", "is missing, and nothing else tells whose this is")
        return new_event(event, customer_id(self._identity_key, event.customer_email) if known else None, names)

    def _answer(self, event: NewEvent, standing: inbox.InboxStatus) -> EventResult:
        if event.customer_id and standing.customer_id and standing.customer_id != event.customer_id:
            return EventRejected("event_id", "is the id of another customer's event")
        return EventAccepted(event.event_id, waiting=standing.status == "WAITING")

    def _mentioned_in(self, raw: bytes) -> list[str]:
        """The customers whose addresses stand in bytes that could not be read, so that an erasure finds them."""
        text = raw.decode(errors="replace").replace("\\u0040", "@")
        found: dict[str, None] = {}
        words = (word for match in WORDS.finditer(text) if "@" in (word := match[0]) and len(word) <= LONGEST_ADDRESS)
        for address in islice(words, MOST_MENTIONED):
            with suppress(InvalidAddress):
                found[customer_id(self._identity_key, normalise_email(address))] = None
        return list(found)


def _usable(name: str) -> bool:
    return len(name) <= LONGEST_REFERENCE and UNSTORABLE.search(name) is None


def _kept_topic(topic: str | None) -> str | None:
    """A topic comes from a header that nobody signed."""
    return UNSTORABLE.sub("", topic)[:LONGEST_TOPIC] if topic else None


def new_event(event: StorefrontEvent, whose: str | None, names: tuple[str, ...]) -> NewEvent:
    """An event of the customer `whose` as the inbox keeps it; of somebody not known yet, without an address."""
    body: Mapping[str, Any] = event.model_dump(
        mode="json", exclude_none=True, exclude=None if whose else {"customer_email"}
    )
    said = contact_fields(event)
    return NewEvent(
        event_id=event.event_id,
        type=event.type,
        occurred_at=event.occurred_at,
        body=body,
        customer_id=whose,
        customer_email=event.customer_email if whose else None,
        names=names,
        says=profile_fields_set(event),
        granted=tuple(channel.upper() for channel in ("email", "sms") if said.get(f"consent_{channel}") is True),
    )
