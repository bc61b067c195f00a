"""The door: every reported event is validated and committed here before its sender gets an answer."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox import arrivals as inbox
from db.inbox.arrivals import NewEvent, PendingEvent
from intake.door import references
from intake.door.incoming import EventAccepted, EventRejected, EventResult, IncomingEvent, PrivacyRequest
from lifecycle.contact import contact_fields
from lifecycle.quiet_events import profile_fields_set
from retention_client.events import InvalidEvent, StorefrontEvent, canonical_json, parse_event
from retention_client.fields import UNSTORABLE
from retention_client.identity import InvalidAddress, customer_id, normalise_email

HEAD_START = timedelta(seconds=10)
"""The time in which the process that accepted an event signals it; afterwards it is the relay's."""

UNKNOWN_ADDRESS = "somebody@unknown.test"
"""The address with which an event of a customer who is not known yet is validated. It is never stored."""

# Words first, and not addresses: to look for the @ in one expression takes the square of a long word's length.
WORDS = re.compile(r"[^\s\"'<>,;:()\[\]\\]+")
LONGEST_ADDRESS = 254
MOST_MENTIONED = 100
LONGEST_REFERENCE = 300
LONGEST_TOPIC = 100


class Signals(Protocol):
    """Signals events right after they were accepted."""

    def offer(self, events: Iterable[PendingEvent]) -> None:
        """Take events over. Those that it cannot take are left to the relay."""


class Door:
    """Accepts events, privacy requests and unusable deliveries. Safe to share between tasks.

    Every method raises `SQLAlchemyError` when PostgreSQL cannot store what came; nothing is stored then. Events to be
    signalled are offered to `signals`; without it they are left to the relay.
    """

    def __init__(
        self, engine: AsyncEngine, *, identity_key: bytes, currency: str, signals: Signals | None = None
    ) -> None:
        self._engine = engine
        self._identity_key = identity_key
        self._currency = currency
        self._signals = signals

    async def accept(
        self, incoming: Sequence[IncomingEvent], *, source: str, topic: str | None = None
    ) -> tuple[EventResult, ...]:
        """Store events, and return a result for each in their order. A duplicate gets the result of the first."""
        results: list[EventResult | NewEvent] = []
        events: dict[str, NewEvent] = {}
        for one in incoming:
            try:
                event = self._new_event(one)
                results.append(event)
                events.setdefault(event.event_id, event)
            except InvalidEvent as error:
                results.append(EventRejected(error.field, error.reason))
        if not events:
            return tuple(result for result in results if not isinstance(result, NewEvent))
        accepted = await self._store(list(events.values()), source, _storable_topic(topic))
        return tuple(
            self._result(result, accepted.statuses[result.event_id]) if isinstance(result, NewEvent) else result
            for result in results
        )

    def check(self, incoming: IncomingEvent) -> EventResult:
        """Return the result of an event by itself. Nothing is stored."""
        try:
            return EventAccepted(self._new_event(incoming).event_id)
        except InvalidEvent as error:
            return EventRejected(error.field, error.reason)

    async def request(self, request: PrivacyRequest, *, source: str, topic: str | None = None) -> EventAccepted:
        """Store a request for data or erasure, without the address in it. Raises `InvalidAddress`."""
        topic = _storable_topic(topic)
        requested_by = " ".join(filter(None, (source, topic)))
        event = NewEvent(
            event_id=request.event_id,
            type=request.kind,
            occurred_at=request.occurred_at,
            body=to_json({"requested_by": requested_by, "occurred_at": request.occurred_at.isoformat()}).decode(),
            customer_id=self._customer_id(normalise_email(request.email)) if request.email else None,
            customer_email=None,
            references=tuple(reference for reference in request.references if _storable(reference)),
            request=True,
        )
        accepted = await self._store([event], source, topic)
        return EventAccepted(request.event_id, waiting=accepted.statuses[request.event_id].status == "WAITING")

    async def keep(
        self, event_id: str, reason: str, raw: bytes | None, *, source: str, topic: str | None, now: datetime
    ) -> None:
        """Store what cannot be used: as refused with its raw bytes, or, without any, as skipped."""
        mentions = self._mentioned_in(raw) if raw else []
        await inbox.keep(
            self._engine,
            event_id=event_id,
            reason=reason,
            raw=raw,
            mentions=mentions,
            source=source,
            topic=_storable_topic(topic),
            now=now,
        )

    async def _store(self, events: Sequence[NewEvent], source: str, topic: str | None) -> inbox.AcceptResult:
        head_start = HEAD_START if self._signals is not None else timedelta()
        accepted = await inbox.accept(self._engine, events, source=source, topic=topic, head_start=head_start)
        if self._signals is not None:
            self._signals.offer(accepted.to_signal)
        return accepted

    def _new_event(self, incoming: IncomingEvent) -> NewEvent:
        """Validate an event against the contract: the one validation before it is applied. Raises `InvalidEvent`."""
        if not all(map(_storable, incoming.references)):
            raise InvalidEvent(
                "references", f"contain unstorable characters, or more than {LONGEST_REFERENCE} characters"
            )
        known = bool(incoming.event.get("customer_email"))
        event = parse_event(
            dict(incoming.event) if known else {**incoming.event, "customer_email": UNKNOWN_ADDRESS},
            currency=self._currency,
            trusted=incoming.trusted,
        )
        found = tuple(dict.fromkeys((*incoming.references, *references.of_event(event))))
        if not known and not found:
            raise InvalidEvent("customer_email", "is missing, and no reference identifies the customer")
        return new_event(event, self._customer_id(event.customer_email) if known else None, found)

    def _customer_id(self, email: str) -> str:
        return customer_id(self._identity_key, email)

    def _result(self, event: NewEvent, stored: inbox.InboxStatus) -> EventResult:
        if event.customer_id and stored.customer_id and stored.customer_id != event.customer_id:
            return EventRejected("event_id", "is the id of another customer's event")
        return EventAccepted(event.event_id, waiting=stored.status == "WAITING")

    def _mentioned_in(self, raw: bytes) -> list[str]:
        """Return the customers whose addresses are in unreadable bytes, so that an erasure finds them."""
        text = raw.decode(errors="replace").replace("\\u0040", "@")
        found: dict[str, None] = {}
        words = (word for match in WORDS.finditer(text) if "@" in (word := match[0]) and len(word) <= LONGEST_ADDRESS)
        for address in islice(words, MOST_MENTIONED):
            with suppress(InvalidAddress):
                found[self._customer_id(normalise_email(address))] = None
        return list(found)


def _storable(reference: str) -> bool:
    return len(reference) <= LONGEST_REFERENCE and UNSTORABLE.search(reference) is None


def _storable_topic(topic: str | None) -> str | None:
    """Clean a topic, which comes from a header that is not signed."""
    return UNSTORABLE.sub("", topic)[:LONGEST_TOPIC] if topic else None


def new_event(event: StorefrontEvent, customer_id: str | None, references: tuple[str, ...]) -> NewEvent:
    """Return an event as the inbox stores it; without an address when its customer is not known yet."""
    said = contact_fields(event)
    return NewEvent(
        event_id=event.event_id,
        type=event.type,
        occurred_at=event.occurred_at,
        body=canonical_json(event, without_address=customer_id is None),
        customer_id=customer_id,
        customer_email=event.customer_email if customer_id else None,
        references=references,
        profile_fields=profile_fields_set(event),
        granted=tuple(channel.upper() for channel in ("email", "sms") if said.get(f"consent_{channel}") is True),
    )
