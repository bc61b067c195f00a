"""Double opt-in: the customer confirms consent to e-mail by the link in a message."""

from dataclasses import dataclass
from datetime import timedelta

from db.customers.consent import Person, reader_of
from operations.customers.consent_changes import ConsentContext, grant_consent, latest_time
from retention_client.consent_sources import DOUBLE_OPT_IN

REPORTED_BY = "confirmation"
VALID_FOR = timedelta(days=30)
"""How long a link is valid after its message was sent."""


@dataclass(frozen=True)
class Confirmation:
    """The recipient of a confirmation message; a link that is expired confirms nothing."""

    person: Person
    is_expired: bool


async def read_confirmation(context: ConsentContext, message_key: str) -> Confirmation | None:
    """Read what a link would confirm; None if the message or the customer no longer exists."""
    reader = await reader_of(context.engine, message_key)
    if reader is None:
        return None
    return Confirmation(reader.person, is_expired=latest_time(context, reader.person) > reader.at + VALID_FOR)


async def confirm(context: ConsentContext, message_key: str) -> Confirmation | None:
    """Grant and confirm consent to e-mail, unless the link is expired. Raises `SQLAlchemyError`; repeat the call."""
    found = await read_confirmation(context, message_key)
    if found is not None and not found.is_expired:
        await grant_consent(context, found.person, ["EMAIL"], reported_by=REPORTED_BY, source=DOUBLE_OPT_IN)
    return found
