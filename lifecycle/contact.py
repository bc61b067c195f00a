"""How to reach a customer and what they agreed to: the latest word wins, field by field."""

from dataclasses import dataclass
from datetime import datetime

from lifecycle.events import AnyEvent, ConsentChanged, Custom

FIELDS = ("name", "phone", "locale", "time_zone")


@dataclass(frozen=True)
class Said:
    """A value, when it was said, and by which event (the tie-break of one moment). A consent has its `source` too."""

    value: str | bool
    at: datetime
    event_id: str
    source: str | None = None


@dataclass(frozen=True)
class Contact:
    """The latest word on each field; a field never mentioned is absent."""

    said: dict[str, Said]

    def text(self, field: str) -> str | None:
        """A text field such as `phone`."""
        found = self.said.get(field)
        return found.value if found is not None and isinstance(found.value, str) else None

    def consent(self, channel: str) -> bool | None:
        """Whether messages on a channel (`email`, `sms`) were agreed to; None when never said."""
        found = self.said.get(f"consent_{channel}")
        return found.value if found is not None and isinstance(found.value, bool) else None

    def consent_said(self, channel: str) -> Said | None:
        """The latest word on a channel, with its time and source."""
        return self.said.get(f"consent_{channel}")


NOBODY = Contact({})


def hear(contact: Contact, event: AnyEvent) -> Contact:
    """Take in what an event says. Any order of events gives the same contact."""
    news = {
        field: Said(value, event.occurred_at, event.event_id, _source(field, event))
        for field, value in mentioned(event).items()
        if _newer(contact.said.get(field), event)
    }
    return Contact({**contact.said, **news}) if news else contact


def _source(field: str, event: AnyEvent) -> str | None:
    """Where a consent was given: as the storefront calls it, else by what event."""
    if not field.startswith("consent_"):
        return None
    return (isinstance(event, ConsentChanged) and event.source) or event.type


def _newer(known: Said | None, event: AnyEvent) -> bool:
    return known is None or (known.at, known.event_id) < (event.occurred_at, event.event_id)


def mentioned(event: AnyEvent) -> dict[str, str | bool]:
    """What an event says of the customer, by field; consent as `consent_email` and `consent_sms`."""
    found: dict[str, str | bool] = {}
    for field in FIELDS:
        if field == "name" and isinstance(event, Custom):
            continue
        value = getattr(event, field)
        if value is not None:
            found[field] = value
    if event.consent is not None:
        for channel, granted in event.consent.model_dump(exclude_none=True).items():
            found[f"consent_{channel}"] = granted
    if isinstance(event, ConsentChanged):
        found[f"consent_{event.channel}"] = event.granted
    return found
