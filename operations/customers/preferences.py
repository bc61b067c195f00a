"""A customer's choice of channels on the preference page, and one-click unsubscribe."""

from collections.abc import Collection

from db.customers.consent import Person, reader_of
from db.messages import message_events
from lifecycle.campaigns import Channel
from operations.customers.consent_changes import ConsentContext, grant_consent, withdraw_consent
from retention_client.consent_sources import PREFERENCE_PAGE

REPORTED_BY = "preferences"


def channels_of(person: Person) -> tuple[Channel, ...]:
    """The channels that a customer can be reached on."""
    return ("EMAIL", "SMS") if person.phone else ("EMAIL",)


async def unsubscribe(context: ConsentContext, message_key: str) -> None:
    """Unsubscribe the reader of a message from its channel. Does nothing if the message is no longer stored.

    Raises `SQLAlchemyError`; repeat the call to complete it.
    """
    reader = await reader_of(context.engine, message_key)
    if reader is not None:
        person, channel = reader.person, reader.channel
        await _record_cause(context, message_key, person, channel)
        await withdraw_consent(context, person, [channel], reported_by=REPORTED_BY, source="one-click")


async def save_preferences(
    context: ConsentContext, message_key: str, wanted: Collection[str] | None, *, agreed_by_default: bool
) -> tuple[Channel, ...] | None:
    """Save the `wanted` channels of a message's reader, or with None unsubscribe the reader from all of them.

    A channel that is suppressed for another reason than an unsubscribe cannot be chosen. `agreed_by_default` says
    whether customers without a statement get marketing. Returns the chosen channels; None if the message is no longer
    stored. Raises `SQLAlchemyError`; repeat the call to complete it.
    """
    reader = await reader_of(context.engine, message_key)
    if reader is None:
        return None
    person, channel = reader.person, reader.channel
    changeable = [one for one in channels_of(person) if wanted is None or not person.unreachable(one)]
    chosen = [one for one in changeable if wanted is not None and one in wanted]
    # Including channels without consent: an earlier attempt may have failed half-way.
    withdrawn = [one for one in changeable if one not in chosen]
    if channel in withdrawn:
        await _record_cause(context, message_key, person, channel)
    await withdraw_consent(context, person, withdrawn, reported_by=REPORTED_BY, source=PREFERENCE_PAGE)
    added = [one for one in chosen if not person.agrees(one, by_default=agreed_by_default)]
    await grant_consent(context, person, added, reported_by=REPORTED_BY, source=PREFERENCE_PAGE)
    return tuple(chosen)


async def _record_cause(context: ConsentContext, message_key: str, person: Person, channel: Channel) -> None:
    """Record the message as the cause of the unsubscribe, unless the customer unsubscribed earlier."""
    if channel not in person.silence:
        await message_events.unsubscribed(context.engine, message_key, context.clock())
