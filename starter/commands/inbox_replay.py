"""Replaying what stands in the inbox: refused events are read again and come in as new."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox import rows as inbox_rows
from db.inbox.rows import KeptEvent
from intake.door.door import Door
from intake.door.incoming import EventRejected, EventResult, IncomingEvent, PrivacyRequest
from operations.access.connections import identity_key
from operations.inbox.second_reading import read_again, told_id
from retention_client.events import InvalidEvent
from retention_client.identity import InvalidAddress
from settings import Settings
from starter.commands.errors import Failed

MOST_AT_ONCE = 10_000
UNKNOWN_SOURCE = "replay"


@dataclass(frozen=True)
class Outcome:
    """What became, or in a dry run would become, of one event: as which it came in, or why it did not."""

    event_id: str
    became: Literal["due", "replayed", "refused"]
    new_ids: tuple[str, ...] = ()
    reason: str | None = None


async def replay_events(
    engine: AsyncEngine,
    settings: Settings,
    event_ids: Sequence[str] | None,
    correction: bytes | None = None,
    *,
    dry_run: bool = False,
) -> list[Outcome]:
    """Replay these, or everything that needs somebody. Raises `Failed` for an id that cannot be replayed."""
    door = Door(engine, identity_key=identity_key(settings), currency=settings.currency)
    wanted = await _troubled(engine) if event_ids is None else event_ids
    outcomes = []
    for event_id in wanted:
        # One at a time: replaying one may have ended another that is the same.
        kept = (await inbox_rows.read_rows(engine, [event_id])).get(event_id)
        if kept is None and event_ids is None:
            # Erased since it was listed.
            continue
        if kept is None:
            raise Failed("EVENT_ID: there is no such event; `retention inbox list` names them")
        if kept.status == "RECEIVED":
            if not dry_run:
                await inbox_rows.make_due(engine, event_id)
            outcomes.append(Outcome(event_id, "due"))
        elif kept.status == "REFUSED":
            outcomes.append(await _replay(engine, door, kept, correction, dry_run=dry_run))
        elif event_ids is not None:
            raise Failed(f"EVENT_ID: {event_id} is {kept.status}; what can be replayed is REFUSED or RECEIVED")
    return outcomes


async def _troubled(engine: AsyncEngine) -> list[str]:
    found = await inbox_rows.list_rows(engine, statuses=None, troubled=True, customer=None, most=MOST_AT_ONCE)
    return [row.event_id for row in found.rows]


async def _replay(
    engine: AsyncEngine, door: Door, kept: KeptEvent, correction: bytes | None, *, dry_run: bool
) -> Outcome:
    try:
        told = read_again(kept, correction)
        answers = [door.check(one) for one in told if isinstance(one, IncomingEvent)]
        if not dry_run and not _reasons(answers):
            answers = await _take_in(door, kept, told)
    except InvalidEvent as error:
        return Outcome(kept.event_id, "refused", reason=str(error))
    except InvalidAddress as error:
        return Outcome(kept.event_id, "refused", reason=f"customer_email: {error}")
    if reasons := _reasons(answers):
        return Outcome(kept.event_id, "refused", reason="; ".join(reasons))
    new_ids = tuple(str(one.event["event_id"]) if isinstance(one, IncomingEvent) else one.event_id for one in told)
    if not dry_run:
        reason = f"replayed as {', '.join(new_ids)}"
        await inbox_rows.discard(engine, kept, reason, told_id=told_id(kept))
    return Outcome(kept.event_id, "replayed", new_ids)


async def _take_in(door: Door, kept: KeptEvent, told: Sequence[IncomingEvent | PrivacyRequest]) -> list[EventResult]:
    source, topic = kept.source or UNKNOWN_SOURCE, kept.topic
    facts = [one for one in told if isinstance(one, IncomingEvent)]
    answers: list[EventResult] = list(await door.accept(facts, source=source, topic=topic)) if facts else []
    for one in told:
        if isinstance(one, PrivacyRequest):
            answers.append(await door.request(one, source=source, topic=topic))
    return answers


def _reasons(answers: Sequence[EventResult]) -> list[str]:
    return [f"{answer.field}: {answer.reason}" for answer in answers if isinstance(answer, EventRejected)]
