"""Rows about customers: name, phone number, consent. They become `PROFILE_UPDATED` events."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from lifecycle.contact import FIELDS
from operations.importing.columns import Format
from operations.importing.refusal import RowRefused
from operations.importing.times import TimeReader
from operations.importing.values import yes_or_no
from retention_client.consent_sources import CONFIRMED_ELSEWHERE, is_reserved
from retention_client.events import InvalidEvent, StorefrontEvent, parse_event
from retention_client.identity import InvalidAddress, customer_id, normalise_email

CONSENTS = ("email", "sms")
CONTACT_FIELDS = frozenset({*FIELDS, "consent_email", "consent_sms", "consent_at"})
SOURCE_FIELDS = frozenset({"consent_source", "consent_confirmed"})
IMPORT = "import"
"""The source of a consent whose row has none."""

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
class ContactRow:
    """A row of a customers file, checked.

    `profile` has profile fields, `consent` is by channel. `at` is when the row was written, `consent_at` when consent
    was given or withdrawn, and `consent_source` where; each is None if the row has no value.
    """

    number: int
    email: str
    profile: dict[str, str]
    consent: dict[str, bool]
    at: datetime | None = None
    consent_at: datetime | None = None
    consent_source: str | None = None


@dataclass(frozen=True)
class ImportedEvent:
    """An event and the lines of the file that it comes from. Unless `dated`, its time is a default."""

    event: StorefrontEvent
    lines: tuple[int, ...]
    dated: bool = True


def read_address(fields: Mapping[str, str]) -> str:
    """The normalised address of a row. Raises `RowRefused`."""
    given = fields.get("customer_email")
    if given is None:
        raise RowRefused("names no customer")
    try:
        return _normalised(given)
    except InvalidAddress as error:
        raise RowRefused(f"customer_email: {error}") from None


@lru_cache(maxsize=10_000)
def _normalised(given: str) -> str:
    """Checking an address takes longer than the rest of a row, and an order has many rows."""
    return normalise_email(given)


def read_contact(number: int, fields: Mapping[str, str], times: TimeReader, currency: str) -> ContactRow:
    """A row of a customers file, checked. Raises `RowRefused`."""
    name = " ".join(fields[part] for part in ("first_name", "last_name") if part in fields)
    profile = {field: fields[field] for field in FIELDS if field in fields}
    contact = ContactRow(
        number,
        read_address(fields),
        {**({"name": name} if name else {}), **profile},
        read_consent(fields),
        times.read("updated_at", fields.get("updated_at", "")),
        times.read("consent_at", fields.get("consent_at", "")),
        _source(fields),
    )
    contact_events(contact, b"", times, currency)
    return contact


def read_consent(fields: Mapping[str, str]) -> dict[str, bool]:
    """Consent by channel, where a row has any."""
    found = {channel: yes_or_no(f"consent_{channel}", fields.get(f"consent_{channel}", "")) for channel in CONSENTS}
    return {channel: granted for channel, granted in found.items() if granted is not None}


def _source(fields: Mapping[str, str]) -> str | None:
    """Where consent was given. The column `consent_confirmed` is trusted: it says that it was confirmed elsewhere."""
    if yes_or_no("consent_confirmed", fields.get("consent_confirmed", "")):
        return CONFIRMED_ELSEWHERE
    source = fields.get("consent_source")
    if is_reserved(source):
        raise RowRefused("consent_source: is reserved; for a confirmed consent put `yes` into consent_confirmed")
    return source


def contact_events(contact: ContactRow, identity_key: bytes, times: TimeReader, currency: str) -> list[ImportedEvent]:
    """The events of a customers row: at least one, so a customer with only an address is stored, too."""
    profile = _update(contact, identity_key, currency, contact.at or times.undated, dated=True, **contact.profile)
    return [profile, *consent_events(contact, identity_key, times, currency)]


def consent_events(contact: ContactRow, identity_key: bytes, times: TimeReader, currency: str) -> list[ImportedEvent]:
    """The consent events of a row.

    Without a time, consent given counts from 1970, and consent withdrawn counts from the import: an old file never opts
    a customer in.
    """
    if contact.consent_at is not None:
        whole = {contact.consent_at: contact.consent} if contact.consent else {}
        dated = True
    else:
        parts = {
            moment: {channel: granted for channel, granted in contact.consent.items() if granted is kind}
            for moment, kind in ((times.undated, True), (times.as_of, False))
        }
        whole, dated = {moment: consent for moment, consent in parts.items() if consent}, False
    return [
        _update(contact, identity_key, currency, moment, dated=dated, consent=consent)
        for moment, consent in whole.items()
    ]


def _update(
    contact: ContactRow, identity_key: bytes, currency: str, at: datetime, *, dated: bool, **said: Any
) -> ImportedEvent:
    # The id depends on the row and not on the time of the import: the same row again is the same event.
    owner_id = customer_id(identity_key, contact.email)
    content: tuple[Any, ...] = (owner_id, said, contact.at, contact.consent_at)
    if "consent" in said:
        content = (*content, contact.consent_source) if contact.consent_source else content
        said = {**said, "consent": {**said["consent"], "source": contact.consent_source or IMPORT}}
    digest = hashlib.sha256(to_json(content)).hexdigest()[:32]
    body = {
        "type": "PROFILE_UPDATED",
        "event_id": f"import:profile:{digest}",
        "customer_email": contact.email,
        "occurred_at": at,
        **said,
    }
    return ImportedEvent(checked_event(body, currency), (contact.number,), dated=dated)


def checked_event(body: dict[str, Any], currency: str) -> StorefrontEvent:
    """Check an event as strictly as a storefront's, except for confirmed consent. Raises `RowRefused`."""
    try:
        return parse_event(body, currency=currency, trusted=True)
    except InvalidEvent as error:
        raise RowRefused(str(error)) from None
