"""How to reach a customer and what they agreed to: field by field, the newest statement counts."""

from dataclasses import dataclass
from datetime import datetime

from lifecycle.ledger_events import AnyEvent
from retention_client.consent_sources import CONFIRMED
from retention_client.events import ConsentChanged, Custom

FIELDS = ("name", "phone", "locale", "time_zone")
CONFIRMATION, WITHDRAWAL = "confirmed_email", "withdrawn_email"


@dataclass(frozen=True)
class ContactStatement:
    """A value, the time and the event that stated it (the event breaks ties of time). A consent has a `source` too."""

    value: str | bool
    at: datetime
    event_id: str
    source: str | None = None


@dataclass(frozen=True)
class Contact:
    """The newest statement on each field; a field without any is absent.

    For e-mail, the newest confirmed consent and the newest withdrawal are stored too: consent that was confirmed stays
    confirmed until a withdrawal, even if other events repeat it unconfirmed.
    """

    said: dict[str, ContactStatement]

    def text(self, field: str) -> str | None:
        """A text field such as `phone`."""
        found = self.said.get(field)
        return found.value if found is not None and isinstance(found.value, str) else None

    def consent(self, channel: str) -> bool | None:
        """Whether the customer agreed to messages on a channel (`email`, `sms`); None without any statement."""
        found = self.said.get(f"consent_{channel}")
        return found.value if found is not None and isinstance(found.value, bool) else None

    def consent_said(self, channel: str) -> ContactStatement | None:
        """The statement that counts on a channel: the confirmed one, else the newest."""
        return (self._confirmation() if channel == "email" else None) or self.said.get(f"consent_{channel}")

    def is_confirmed(self) -> bool:
        """Whether consent to e-mail was confirmed from the address itself, and not withdrawn since."""
        return self._confirmation() is not None

    def _confirmation(self) -> ContactStatement | None:
        confirmed, withdrawn = self.said.get(CONFIRMATION), self.said.get(WITHDRAWAL)
        if confirmed is None or not self.consent("email"):
            return None
        is_newest = withdrawn is None or (withdrawn.at, withdrawn.event_id) < (confirmed.at, confirmed.event_id)
        return confirmed if is_newest else None


EMPTY_CONTACT = Contact({})


def update_contact(contact: Contact, event: AnyEvent) -> Contact:
    """Add what an event states. Events in any order lead to the same contact."""
    source = source_of(event)
    stated = {
        field: ContactStatement(
            value, event.occurred_at, event.event_id, source if field.startswith("consent_") else None
        )
        for field, value in contact_fields(event).items()
    }
    email = stated.get("consent_email")
    if email is not None and (not email.value or source in CONFIRMED):
        stated[CONFIRMATION if email.value else WITHDRAWAL] = email
    newer = {field: statement for field, statement in stated.items() if _newer(contact.said.get(field), event)}
    return Contact({**contact.said, **newer}) if newer else contact


def source_of(event: AnyEvent) -> str:
    """The source of a consent: as the storefront names it, else the type of its event."""
    named = event.source if isinstance(event, ConsentChanged) else None
    return named or (event.consent.source if event.consent else None) or event.type


def _newer(known: ContactStatement | None, event: AnyEvent) -> bool:
    return known is None or (known.at, known.event_id) < (event.occurred_at, event.event_id)


def contact_fields(event: AnyEvent) -> dict[str, str | bool]:
    """What an event states about the customer, by field; consent as `consent_email` and `consent_sms`."""
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
