"""How to reach a customer and what they agreed to: the latest word wins, field by field."""

from dataclasses import dataclass
from datetime import datetime

from retention_client.consent_sources import CONFIRMED
from retention_client.events import AnyEvent, ConsentChanged, Custom

FIELDS = ("name", "phone", "locale", "time_zone")
CONFIRMATION, WITHDRAWAL = "confirmed_email", "withdrawn_email"


@dataclass(frozen=True)
class ContactStatement:
    """A value, when it was said, and by which event (the tie-break of one moment). A consent has its `source` too."""

    value: str | bool
    at: datetime
    event_id: str
    source: str | None = None


@dataclass(frozen=True)
class Contact:
    """The latest word on each field; a field never contact_fields is absent.

    Of e-mail the latest confirmed yes and the latest no are kept too: a yes that was confirmed stays so until a no,
    whatever else says yes in between.
    """

    said: dict[str, ContactStatement]

    def text(self, field: str) -> str | None:
        """A text field such as `phone`."""
        found = self.said.get(field)
        return found.value if found is not None and isinstance(found.value, str) else None

    def consent(self, channel: str) -> bool | None:
        """Whether messages on a channel (`email`, `sms`) were agreed to; None when never said."""
        found = self.said.get(f"consent_{channel}")
        return found.value if found is not None and isinstance(found.value, bool) else None

    def consent_said(self, channel: str) -> ContactStatement | None:
        """The word that counts on a channel, with its time and source: the confirmed one, else the latest."""
        return (self._confirmation() if channel == "email" else None) or self.said.get(f"consent_{channel}")

    def is_confirmed(self) -> bool:
        """Whether e-mail was agreed to from the address itself, and not withdrawn since."""
        return self._confirmation() is not None

    def _confirmation(self) -> ContactStatement | None:
        confirmed, withdrawn = self.said.get(CONFIRMATION), self.said.get(WITHDRAWAL)
        if confirmed is None or not self.consent("email"):
            return None
        stands = withdrawn is None or (withdrawn.at, withdrawn.event_id) < (confirmed.at, confirmed.event_id)
        return confirmed if stands else None


EMPTY_CONTACT = Contact({})


def update_contact(contact: Contact, event: AnyEvent) -> Contact:
    """Take in what an event says. Any order of events gives the same contact."""
    source = source_of(event)
    news = {
        field: ContactStatement(
            value, event.occurred_at, event.event_id, source if field.startswith("consent_") else None
        )
        for field, value in contact_fields(event).items()
    }
    email = news.get("consent_email")
    if email is not None and (not email.value or source in CONFIRMED):
        news[CONFIRMATION if email.value else WITHDRAWAL] = email
    newer = {field: said for field, said in news.items() if _newer(contact.said.get(field), event)}
    return Contact({**contact.said, **newer}) if newer else contact


def source_of(event: AnyEvent) -> str:
    """Where a consent in an event was given: as the storefront calls it, else by what event."""
    named = event.source if isinstance(event, ConsentChanged) else None
    return named or (event.consent.source if event.consent else None) or event.type


def _newer(known: ContactStatement | None, event: AnyEvent) -> bool:
    return known is None or (known.at, known.event_id) < (event.occurred_at, event.event_id)


def contact_fields(event: AnyEvent) -> dict[str, str | bool]:
    """What an event says of the customer, by field; consent as `consent_email` and `consent_sms`."""
    found: dict[str, str | bool] = {}
    for field in FIELDS:
        if field == "name" and isinstance(event, Custom):
            continue
        value = getattr(event, field)
        if value is not None:
            found[field] = value
    if event.consent is not None:
        for channel, granted in event.consent.model_dump(exclude_none=True, exclude={"source"}).items():
            found[f"consent_{channel}"] = granted
    if isinstance(event, ConsentChanged):
        found[f"consent_{event.channel}"] = event.granted
    return found
