"""Replays events of the inbox: refused events are read again and accepted as new ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox import rows
from db.inbox.rows import StoredInboxEvent
from intake.door.door import Door
from intake.door.incoming import EventRejected, EventResult, IncomingEvent, PrivacyRequest
from operations.access.errors import NotAllowed, NotFound
from operations.inbox.discard import NO_SUCH_EVENT
from operations.inbox.refused_event import original_event_id, read_refused
from retention_client.events import InvalidEvent
from retention_client.identity import InvalidAddress

MAX_REPLAYED = 10_000
UNKNOWN_SOURCE = "replay"


@dataclass(frozen=True)
class ReplayOutcome:
    """The result for one event, or its result in a dry run.

    `due`: an event that was not applied yet is signalled now. `replayed`: it was accepted again, under `new_ids`.
    `refused`: it still cannot be applied, for `reason`.
    """

    event_id: str
    became: Literal["due", "replayed", "refused"]
    new_ids: tuple[str, ...] = ()
    reason: str | None = None


async def replay_events(
    engine: AsyncEngine,
    door: Door,
    event_ids: Sequence[str] | None,
    correction: bytes | None = None,
    *,
    dry_run: bool = False,
) -> list[ReplayOutcome]:
    """Replay these events, or with None every event that needs an operator.

    `correction` replaces the stored body. Raises `NotFound` or `NotAllowed` for an id that cannot be replayed, after
    the events before it have been replayed.
    """
    outcomes = []
    for event_id in await _needing_attention(engine) if event_ids is None else event_ids:
        # One at a time: replaying one event may have discarded its duplicate.
        stored = (await rows.read_rows(engine, [event_id])).get(event_id)
        if stored is None and event_ids is None:
            # Erased since it was listed.
            continue
        if stored is None:
            raise NotFound(NO_SUCH_EVENT, field="event_id")
        if stored.status == "RECEIVED":
            if correction is not None:
                raise NotAllowed(f"{event_id} is RECEIVED; only a REFUSED event can be corrected", field="event_id")
            if not dry_run:
                await rows.make_due(engine, event_id)
            outcomes.append(ReplayOutcome(event_id, "due"))
        elif stored.status == "REFUSED":
            outcomes.append(await _replay(engine, door, stored, correction, dry_run=dry_run))
        elif event_ids is not None:
            raise NotAllowed(
                f"{event_id} is {stored.status}; only REFUSED and RECEIVED events can be replayed", field="event_id"
            )
    return outcomes


async def _needing_attention(engine: AsyncEngine) -> list[str]:
    found = await rows.list_rows(engine, statuses=None, needs_attention=True, customer_id=None, most=MAX_REPLAYED)
    return [row.event_id for row in found.rows]


async def _replay(
    engine: AsyncEngine, door: Door, stored: StoredInboxEvent, correction: bytes | None, *, dry_run: bool
) -> ReplayOutcome:
    try:
        read = read_refused(stored, correction)
        results = [door.check(one) for one in read if isinstance(one, IncomingEvent)]
        if not dry_run and not _reasons(results):
            results = await _accept(door, stored, read)
    except InvalidEvent as error:
        return ReplayOutcome(stored.event_id, "refused", reason=str(error))
    except InvalidAddress as error:
        return ReplayOutcome(stored.event_id, "refused", reason=f"customer_email: {error}")
    if reasons := _reasons(results):
        return ReplayOutcome(stored.event_id, "refused", reason="; ".join(reasons))
    new_ids = tuple(str(one.event["event_id"]) if isinstance(one, IncomingEvent) else one.event_id for one in read)
    if not dry_run:
        reason = f"replayed as {', '.join(new_ids)}"
        await rows.discard(engine, stored, reason, original_event_id=original_event_id(stored))
    return ReplayOutcome(stored.event_id, "replayed", new_ids)


async def _accept(
    door: Door, stored: StoredInboxEvent, read: Sequence[IncomingEvent | PrivacyRequest]
) -> list[EventResult]:
    source, topic = stored.source or UNKNOWN_SOURCE, stored.topic
    events = [one for one in read if isinstance(one, IncomingEvent)]
    results: list[EventResult] = list(await door.accept(events, source=source, topic=topic)) if events else []
    for one in read:
        if isinstance(one, PrivacyRequest):
            results.append(await door.request(one, source=source, topic=topic))
    return results


def _reasons(results: Sequence[EventResult]) -> list[str]:
    return [f"{result.field}: {result.reason}" for result in results if isinstance(result, EventRejected)]
