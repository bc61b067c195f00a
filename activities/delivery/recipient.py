"""The recipient of a message: address on its channel, consent, suppression and time zone."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import phonenumbers
from babel.core import get_global
from phonenumbers import NumberParseException, PhoneNumberFormat, timezone

from db.messages.claims import MessageRecord
from lifecycle.campaigns import Campaign
from lifecycle.gate import Recipient

UNKNOWN_ZONE = "Etc/Unknown"
_TERRITORIES: dict[str, str] = dict(get_global("zone_territories"))
_ZONES = Counter(_TERRITORIES.values())
ONLY_ZONE = {country: zone for zone, country in _TERRITORIES.items() if _ZONES[country] == 1}
"""The time zone of each country that has only one."""


class Recipients:
    """The recipients that this installation may send to: all, or those on `RECIPIENT_ALLOW_LIST`.

    An entry is an address, a number in E.164, or `*@domain`.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(entry.lower() for entry in allowed)

    def of(self, record: MessageRecord, campaign: Campaign) -> Recipient:
        """The message's recipient, and whether this installation may send to it."""
        recipient = recipient_of(record, campaign)
        return replace(recipient, allowed=self.allows(recipient.address))

    def allows(self, address: str | None) -> bool:
        """Whether an e-mail address or a phone number may get messages."""
        if not self._allowed or address is None:
            return True
        plain = address.lower()
        return plain in self._allowed or f"*@{plain.rpartition('@')[2]}" in self._allowed


def recipient_of(record: MessageRecord, campaign: Campaign) -> Recipient:
    """The recipient on the campaign's channel. An erased customer has no address."""
    profile = record.profile or {}
    sms = campaign.channel == "SMS"
    country = _country(record.context) or profile.get("country")
    phone = e164(profile.get("phone"), country)
    return Recipient(
        address=phone if sms else profile.get("customer_email"),
        consent=record.consent[campaign.channel.lower()],
        suppression=record.suppression,
        confirmed=not sms and record.consent["confirmed"] is True,
        time_zone=profile.get("time_zone") or ONLY_ZONE.get(country or "") or _zone_of_number(phone),
    )


def e164(phone: str | None, country: str | None) -> str | None:
    """A phone number in E.164, as `+441632960000`; None if it is not one. `country` is for national numbers."""
    if not phone:
        return None
    try:
        number = phonenumbers.parse(phone, country)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _country(context: dict[str, Any]) -> str | None:
    order = context.get("order") or {}
    return order.get("shipping_country") or order.get("country")


def _zone_of_number(phone: str | None) -> str | None:
    zones = timezone.time_zones_for_number(phonenumbers.parse(phone)) if phone else ()
    return next((zone for zone in zones if zone != UNKNOWN_ZONE), None)
