"""The adapter for Twilio: the status of text messages, as a form sent to the address that was given with each.

That address names the message: `?message=<its key>`. It tells no time, and no id but the message's: an event goes by
the message and its status.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from activities.delivery.providers import twilio
from intake.webhooks.providers.provider import Call, Provider, detail
from intake.webhooks.shop import UnreadableDelivery, UnverifiedDelivery
from intake.webhooks.twilio_signature import is_signed
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
"""Errors that say so: those of the API, nobody's number, a landline's."""

OPTED_OUT = str(twilio.OPTED_OUT)
"""The error for who wrote STOP to Twilio."""

_SID = re.compile(r"[A-Za-z0-9]{1,64}")
_KEY = re.compile(r"[0-9a-f]{64}")
_ERROR = re.compile(r"[0-9]{1,6}")


def verify(call: Call, secrets: Sequence[str], _now: datetime) -> None:
    """The header holds a signature of the address and the form. It tells no time."""
    if not is_signed(call.url, _form(call), call.headers.get("x-twilio-signature", ""), secrets):
        raise UnverifiedDelivery("the signature is not Twilio's")


def read(call: Call) -> tuple[ProviderEvent, ...]:
    """What a delivery tells; of who opted out also that. Raises `UnreadableDelivery`."""
    fields = dict(_form(call))
    kind = KINDS.get(fields.get("MessageStatus", ""))
    return tuple(_events(call, fields, kind)) if kind else ()


def _events(call: Call, fields: Mapping[str, str], kind: ProviderEventKind) -> Iterator[ProviderEvent]:
    sid, status = fields.get("MessageSid", ""), fields["MessageStatus"]
    if not _SID.fullmatch(sid):
        raise UnreadableDelivery("MessageSid: is none")
    error = fields.get("ErrorCode", "")
    if kind in (ProviderEventKind.SOFT_BOUNCE, ProviderEventKind.FAILURE) and error in NO_SUCH_NUMBER:
        kind = ProviderEventKind.BOUNCE
    told = ProviderEvent(
        provider=NAME,
        event_id=f"{NAME}:{sid}:{status}",
        kind=kind,
        at=call.received_at,
        provider_message_id=sid,
        message_key=_key(call.url),
        detail=detail(status, f"error {error}") if _ERROR.fullmatch(error) else None,
    )
    yield told
    if error == OPTED_OUT:
        yield ProviderEvent(
            provider=NAME,
            event_id=f"{told.event_id}:opted-out",
            kind=ProviderEventKind.UNSUBSCRIBE,
            at=told.at,
            provider_message_id=sid,
            message_key=told.message_key,
            detail=told.detail,
        )


def _form(call: Call) -> list[tuple[str, str]]:
    return parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True)


def _key(url: str) -> str | None:
    named = dict(parse_qsl(urlsplit(url).query)).get("message", "")
    return named if _KEY.fullmatch(named) else None


TWILIO = Provider(NAME, "twilio-status", "twilio_auth_tokens", verify, read)
