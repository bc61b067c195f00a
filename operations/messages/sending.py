"""Stops marketing, or all sending, and starts it again. No message is lost: they wait."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from db.messages import sending_stops
from db.messages.sending_stops import SendingState, Stop
from lifecycle.gate import Stopped

SCOPE_NAMES: dict[Stopped, str] = {"ALL": "all sending", "MARKETING": "marketing"}


async def stop_sending(engine: AsyncEngine, scope: Stopped, reason: str | None, now: datetime) -> SendingState:
    """Stop sending messages of `scope` until sending is started again; return the new status.

    Repeating a stop does not change its time, and changes its reason only if one is given.
    """
    await sending_stops.stop(engine, scope, reason, now)
    return await sending_stops.sending(engine)


async def start_sending(engine: AsyncEngine) -> SendingState:
    """End every stop; return the new status."""
    await sending_stops.start(engine)
    return await sending_stops.sending(engine)


async def sending_status(engine: AsyncEngine) -> SendingState:
    """Return the stops, and how many messages wait."""
    return await sending_stops.sending(engine)


def describe_stop(stop: Stop) -> str:
    """Say what is stopped, since when and why, in one line."""
    reason = f": {stop.reason}" if stop.reason else ""
    return f"{SCOPE_NAMES[stop.scope]} is stopped since {stop.stopped_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC{reason}"


def describe_waiting(sending: SendingState) -> list[str]:
    """Say how many messages wait, and how many can no longer be stopped: one line each."""
    waiting = sending.marketing_waiting + sending.transactional_waiting
    lines = [f"{waiting} messages wait for their time or for a start, {sending.marketing_waiting} of them marketing"]
    if sending.on_their_way:
        lines.append(f"{sending.on_their_way} messages are already on their way to a provider: no stop holds them")
    return lines
