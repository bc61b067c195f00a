"""What a row says of a customer themselves: name, telephone, consent. Said words become `PROFILE_UPDATED` events."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from lifecycle.contact import FIELDS
from operations.importing.columns import Format
from operations.importing.moments import Clock
from operations.importing.refusal import Refused
from operations.importing.values import agreed
from retention_client.consent_sources import CONFIRMED_ELSEWHERE, is_reserved
from retention_client.events import InvalidEvent, StorefrontEvent, parse_event
from retention_client.identity import InvalidAddress, customer_id, normalise_email

CONSENTS = ("email", "sms")
CONTACT_FIELDS = frozenset({*FIELDS, "consent_email", "consent_sms", "consent_at"})
SOURCE_FIELDS = frozenset({"consent_source", "consent_confirmed"})
IMPORT = "import"
"""The source of a consent whose file tells none."""

CUSTOMERS = Format(
    fields=frozenset({"customer_email", "first_name", "last_name", "updated_at"}) | CONTACT_FIELDS | SOURCE_FIELDS,
    required=("customer_email",),
    presets={
        "shopify": (
            frozenset({"First Name", "Last Name", "Email", "Accepts Email Marketing"}),
            {
                "customer_email": "Email",
                "first_name": "First Name",
                "last_name": "Last Name",
                "phone": "Phone|Default Address Phone",
                "consent_email": "Accepts Email Marketing",
                "consent_sms": "Accepts SMS Marketing",
            },
        )
    },
)


@dataclass(frozen=True)
class Contact:
    """A customer's own row. `at` is when it was written, `consent_at` when consent was given or withdrawn, and
    `consent_source` where, if the row says so.
    """

    number: int
    customer: str
    said: dict[str, str]
    consent: dict[str, bool]
    at: datetime | None = None
    consent_at: datetime | None = None
    consent_source: str | None = None


@dataclass(frozen=True)
class Told:
    """An event and the lines of the file that tell it. One that is not `dated` has a time for want of a better."""

    event: StorefrontEvent
    lines: tuple[int, ...]
    dated: bool = True


def address(fields: Mapping[str, str]) -> str:
    """The normalised address of a row. Raises `Refused`."""
    given = fields.get("customer_email")
    if given is None:
        raise Refused("names no customer")
    try:
        return _normalised(given)
    except InvalidAddress as error:
        raise Refused(f"customer_email: {error}") from None


@lru_cache(maxsize=10_000)
def _normalised(given: str) -> str:
    """The check of an address takes longer than all the rest of a row, and an order has many rows."""
    return normalise_email(given)


def read_contact(number: int, fields: Mapping[str, str], clock: Clock, currency: str) -> Contact:
    """A row of customers, checked. Raises `Refused`."""
    name = " ".join(fields[part] for part in ("first_name", "last_name") if part in fields)
    said = {field: fields[field] for field in FIELDS if field in fields}
    contact = Contact(
        number,
        address(fields),
        {**({"name": name} if name else {}), **said},
        read_consent(fields),
        clock.read("updated_at", fields.get("updated_at", "")),
        clock.read("consent_at", fields.get("consent_at", "")),
        _source(fields),
    )
    told_by(contact, b"", clock, currency)
    return contact


def read_consent(fields: Mapping[str, str]) -> dict[str, bool]:
    """Consent by channel, where a row says something of it."""
    found = {channel: agreed(f"consent_{channel}", fields.get(f"consent_{channel}", "")) for channel in CONSENTS}
    return {channel: granted for channel, granted in found.items() if granted is not None}


def _source(fields: Mapping[str, str]) -> str | None:
    """Where consent was given. That it was confirmed is told by a column of its own, and taken at its word."""
    if agreed("consent_confirmed", fields.get("consent_confirmed", "")):
        return CONFIRMED_ELSEWHERE
    source = fields.get("consent_source")
    if is_reserved(source):
        raise Refused("consent_source: is reserved; a consent that was confirmed has `yes` in consent_confirmed")
    return source


def told_by(contact: Contact, identity_key: bytes, clock: Clock, currency: str) -> list[Told]:
    """The events of a row of customers: there is always one, so that whoever only has an address is known too."""
    said = _update(contact, identity_key, currency, contact.at or clock.undated, dated=True, **contact.said)
    return [said, *consent_told_by(contact, identity_key, clock, currency)]


def consent_told_by(contact: Contact, identity_key: bytes, clock: Clock, currency: str) -> list[Told]:
    """What a row says of consent.

    Without a time of its own, consent given counts from the very beginning, and consent withdrawn as of the import:
    nobody is opted in by an old file.
    """
    if contact.consent_at is not None:
        whole = {contact.consent_at: contact.consent} if contact.consent else {}
        dated = True
    else:
        parts = {
            moment: {channel: granted for channel, granted in contact.consent.items() if granted is kind}
            for moment, kind in ((clock.undated, True), (clock.as_of, False))
        }
        whole, dated = {moment: consent for moment, consent in parts.items() if consent}, False
    return [
        _update(contact, identity_key, currency, moment, dated=dated, consent=consent)
        for moment, consent in whole.items()
    ]


def _update(contact: Contact, identity_key: bytes, currency: str, at: datetime, *, dated: bool, **said: Any) -> Told:
    # The id comes from what the file says and not from when it was imported: the same row again is the same event.
    customer = customer_id(identity_key, contact.customer)
    content: tuple[Any, ...] = (customer, said, contact.at, contact.consent_at)
    if "consent" in said:
        content = (*content, contact.consent_source) if contact.consent_source else content
        said = {**said, "consent": {**said["consent"], "source": contact.consent_source or IMPORT}}
    digest = hashlib.sha256(to_json(content)).hexdigest()[:32]
    body = {
        "type": "PROFILE_UPDATED",
        "event_id": f"import:profile:{digest}",
        "customer_email": contact.customer,
        "occurred_at": at,
        **said,
    }
    return Told(checked(body, currency), (contact.number,), dated=dated)


def checked(body: dict[str, Any], currency: str) -> StorefrontEvent:
    """The event, as strictly checked as one from a storefront, but for who confirmed consent. Raises `Refused`."""
    try:
        return parse_event(body, currency=currency, trusted=True)
    except InvalidEvent as error:
        raise Refused(str(error)) from None
