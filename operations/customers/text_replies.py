"""Replies to text messages: STOP unsubscribes every customer with that number, START resubscribes."""

from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
import structlog

from activities.delivery.recipient import e164
from db.customers import consent
from db.customers.consent import Owner
from intake.door import references
from operations.customers.consent_changes import (
    ConsentContext,
    accept_changes,
    consent_event,
    grant_consent,
    withdraw_consent,
)

REPORTED_BY = "twilio"
STOP_WORDS = frozenset({"stop", "quit", "end", "revoke", "optout", "cancel", "unsubscribe", "stopall"})
START_WORDS = frozenset({"start", "yes", "unstop"})
ENDING_DIGITS = 6
"""The number of last digits by which a number is found, however a shop formats it."""

log = structlog.get_logger("consent")


@dataclass(frozen=True)
class InboundText:
    """A received text message. `message_id` is the provider's; `number` is the sender's, in E.164.

    `words` are its letters and digits only. `answered` is true when the provider has confirmed an opt-out itself.
    """

    message_id: str
    number: str
    words: str
    answered: bool

    @property
    def reference(self) -> str:
        """The customer reference of the sender."""
        return references.phone(self.number) or ""


class ReplyEffect(StrEnum):
    """What a reply did."""

    STOPPED = "stopped"
    STARTED = "started"
    NOTHING = "nothing"


async def apply_reply(context: ConsentContext, text: InboundText) -> ReplyEffect:
    """Apply a keyword reply. Raises `SQLAlchemyError`; repeat the call to complete it."""
    if text.words in STOP_WORDS:
        await _stop(context, text)
        return ReplyEffect.STOPPED
    if text.words in START_WORDS:
        return ReplyEffect.STARTED if await _start(context, text) else ReplyEffect.NOTHING
    log.info("a text message without a keyword was received")
    return ReplyEffect.NOTHING


async def _stop(context: ConsentContext, text: InboundText) -> None:
    owners = await _owners(context, text)
    for owner in owners:
        if not owner.recorded:
            event_id = _event_id(text, owner)
            await withdraw_consent(
                context, owner.person, ["SMS"], reported_by=REPORTED_BY, source="STOP", event_id=event_id
            )
    if not owners:
        await _store_for_later(context, text, granted=False)


async def _start(context: ConsentContext, text: InboundText) -> bool:
    """Resubscribe customers who had unsubscribed: YES may be the answer to another question.

    It does not give consent for a customer who never agreed to text messages.
    """
    owners = await _owners(context, text)
    returning = [owner for owner in owners if owner.recorded or owner.person.unsubscribed("SMS")]
    for owner in returning:
        if not owner.recorded:
            event_id = _event_id(text, owner)
            await grant_consent(
                context, owner.person, ["SMS"], reported_by=REPORTED_BY, source="START", event_id=event_id
            )
    if not owners and await consent.is_waiting(context.engine, text.reference):
        await _store_for_later(context, text, granted=True)
        return True
    return bool(returning)


async def _owners(context: ConsentContext, text: InboundText) -> list[Owner]:
    """Every customer with the number, also in the national format of the customer's or the number's country."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(text.number))
    found = await consent.at_number(
        context.engine, reference=text.reference, ending=text.number[-ENDING_DIGITS:], prefix=_event_id(text)
    )
    return [
        owner
        for owner in found
        if owner.certain
        or text.number in {e164(owner.person.phone, country) for country in (owner.person.country, region)}
    ]


async def _store_for_later(context: ConsentContext, text: InboundText, *, granted: bool) -> None:
    """Store the change for the customer whom a later event identifies by this number."""
    event = consent_event(
        "SMS",
        granted=granted,
        at=context.clock(),
        source="START" if granted else "STOP",
        event_id=_event_id(text),
        references=(text.reference,),
    )
    await accept_changes(context, [event], REPORTED_BY)


def _event_id(text: InboundText, owner: Owner | None = None) -> str:
    return f"twilio:{text.message_id}:{owner.person.customer_id if owner else ''}"
