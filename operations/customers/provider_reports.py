"""Applies what a provider reports about a message: its status, and the end of its reader's consent."""

from dataclasses import replace
from datetime import datetime

from db.customers.consent import reader_of
from db.messages import provider_events
from lifecycle.provider_events import WITHDRAWS, ProviderEvent
from operations.customers.consent_changes import ConsentContext, withdraw_consent


async def apply_report(context: ConsentContext, event: ProviderEvent, *, received_at: datetime, visits: bool) -> str:
    """Apply an event and return the outcome. A duplicate completes what is missing and repeats nothing.

    An event is not dated later than it was received. `visits` says whether its opens and clicks count, which our own
    links report otherwise. Raises `SQLAlchemyError`; repeat the call to complete it.
    """
    dated = replace(event, at=min(event.at, received_at))
    if dated.kind in WITHDRAWS:
        await _withdraw(context, dated)
    return await provider_events.record(context.engine, dated, visits=visits)


async def _withdraw(context: ConsentContext, event: ProviderEvent) -> None:
    """Withdraw consent. This comes before the event is recorded: a recorded event means that consent was withdrawn."""
    message_key = await provider_events.message_of_new_event(context.engine, event)
    reader = await reader_of(context.engine, message_key) if message_key else None
    if reader is not None:
        await withdraw_consent(
            context,
            reader.person,
            [reader.channel],
            reported_by=event.provider,
            source=f"{event.kind.words} at {event.provider}",
            event_id=f"consent:{event.event_id}",
        )
