"""The adapter for Twilio: the status of text messages, as a form sent to the URL that was given with each.

That URL names the message: `?message=<its key>`. The form has no time, and no id but the message's, so the event id
consists of the message and its status.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from activities.delivery.providers import twilio
from intake.webhooks.providers.adapter import ProviderAdapter, ProviderDelivery, reason_codes
from intake.webhooks.shop_adapter import UnreadableDelivery, UnverifiedDelivery
from intake.webhooks.twilio_signature import is_signed_by_twilio
from lifecycle.provider_events import ProviderEvent, ProviderEventKind

NAME = twilio.PROVIDER
KINDS: Mapping[str, ProviderEventKind] = {
    "accepted": ProviderEventKind.ACCEPTED,
    "queued": ProviderEventKind.ACCEPTED,
    "sending": ProviderEventKind.ACCEPTED,
    "sent": ProviderEventKind.ACCEPTED,
    "delivered": ProviderEventKind.DELIVERED,
    "read": ProviderEventKind.DELIVERED,
    "undelivered": ProviderEventKind.SOFT_BOUNCE,
    "failed": ProviderEventKind.FAILURE,
    "canceled": ProviderEventKind.FAILURE,
}
NO_SUCH_NUMBER = {*map(str, twilio.NO_SUCH_NUMBER), "30005", "30006"}
"""Errors for a number that cannot receive texts: those of the API, an unknown number, a landline."""

OPTED_OUT = str(twilio.OPTED_OUT)
"""The error for a recipient who sent STOP to Twilio."""

_SID = re.compile(r"[A-Za-z0-9]{1,64}")
_KEY = re.compile(r"[0-9a-f]{64}")
_ERROR = re.compile(r"[0-9]{1,6}")


def verify(delivery: ProviderDelivery, secrets: Sequence[str], _now: datetime) -> None:
    """Check the header: a signature over the URL and the form. It has no time."""
    if not is_signed_by_twilio(delivery.url, _form(delivery), delivery.headers.get("x-twilio-signature", ""), secrets):
        raise UnverifiedDelivery("the signature is not Twilio's")


def read(delivery: ProviderDelivery) -> tuple[ProviderEvent, ...]:
    """The status in a delivery, and the opt-out if there was one. Raises `UnreadableDelivery`."""
    fields = dict(_form(delivery))
    kind = KINDS.get(fields.get("MessageStatus", ""))
    return tuple(_events(delivery, fields, kind)) if kind else ()


def _events(delivery: ProviderDelivery, fields: Mapping[str, str], kind: ProviderEventKind) -> Iterator[ProviderEvent]:
    sid, status = fields.get("MessageSid", ""), fields["MessageStatus"]
    if not _SID.fullmatch(sid):
        raise UnreadableDelivery("MessageSid: is missing or invalid")
    error = fields.get("ErrorCode", "")
    if kind in (ProviderEventKind.SOFT_BOUNCE, ProviderEventKind.FAILURE) and error in NO_SUCH_NUMBER:
        kind = ProviderEventKind.BOUNCE
    status_event = ProviderEvent(
        provider=NAME,
        event_id=f"{NAME}:{sid}:{status}",
        kind=kind,
        at=delivery.received_at,
        provider_message_id=sid,
        message_key=_key(delivery.url),
        detail=reason_codes(status, f"error {error}") if _ERROR.fullmatch(error) else None,
    )
    yield status_event
    if error == OPTED_OUT:
        yield ProviderEvent(
            provider=NAME,
            event_id=f"{status_event.event_id}:opted-out",
            kind=ProviderEventKind.UNSUBSCRIBE,
            at=status_event.at,
            provider_message_id=sid,
            message_key=status_event.message_key,
            detail=status_event.detail,
        )


def _form(delivery: ProviderDelivery) -> list[tuple[str, str]]:
    return parse_qsl(delivery.body.decode(errors="replace"), keep_blank_values=True)


def _key(url: str) -> str | None:
    key = dict(parse_qsl(urlsplit(url).query)).get("message", "")
    return key if _KEY.fullmatch(key) else None


TWILIO = ProviderAdapter(NAME, "twilio-status", "twilio_auth_tokens", verify, read)
