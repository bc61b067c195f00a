"""The adapter for Resend: signed as Standard Webhooks are, with headers of its own names.

Events go by the id of their delivery, which is part of what is signed and the same when it is repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator

from intake.webhooks import standard
from intake.webhooks.documents import Document, Maybe, read_as, read_json
from intake.webhooks.providers.provider import Call, MessageKey, Provider, ProviderId, detail
from lifecycle.provider_events import ProviderEvent, ProviderEventKind
from retention_client.fields import Moment, Text

NAME = "resend"
KINDS: Mapping[str, ProviderEventKind] = {
    "email.sent": ProviderEventKind.ACCEPTED,
    "email.delivery_delayed": ProviderEventKind.ACCEPTED,
    "email.delivered": ProviderEventKind.DELIVERED,
    "email.opened": ProviderEventKind.OPEN,
    "email.clicked": ProviderEventKind.CLICK,
    "email.bounced": ProviderEventKind.BOUNCE,
    # Not sent, because the address bounced or its owner complained before.
    "email.suppressed": ProviderEventKind.BOUNCE,
    "email.complained": ProviderEventKind.COMPLAINT,
    "email.failed": ProviderEventKind.FAILURE,
}


class Sent(Document):
    """What the headers say of a delivery."""

    id: ProviderId


class Head(Document):
    """What every event says, whatever it is about."""

    type: str


class Part(Document):
    """What is said of one kind of event only."""

    type: str | None = None
    subType: str | None = None  # noqa: N815 - as it is sent
    reason: str | None = None
    link: str | None = None
    userAgent: Maybe[Text] = None  # noqa: N815 - as it is sent
    timestamp: Maybe[Moment] = None


class Tag(Document):
    """One tag of a list of them."""

    name: str
    value: str


def _by_name(value: object) -> object:
    """Tags are sent both as they were given, a list of names and values, and as an object."""
    if not isinstance(value, list):
        return value
    return {
        tag["name"]: tag.get("value") for tag in value if isinstance(tag, dict) and isinstance(tag.get("name"), str)
    }


class Tags(Document):
    """Those tags that are ours."""

    message_key: Maybe[MessageKey] = None


class Email(Document):
    """What an event is about."""

    email_id: ProviderId
    tags: Maybe[Annotated[Tags, BeforeValidator(_by_name)]] = None
    bounce: Maybe[Part] = None
    suppressed: Maybe[Part] = None
    failed: Maybe[Part] = None
    open: Maybe[Part] = None
    click: Maybe[Part] = None

    def part(self) -> Part:
        """What is said of this kind of event, if anything."""
        return self.bounce or self.suppressed or self.failed or self.click or self.open or Part()


class Envelope(Head):
    """An event that is used; `created_at` is when it happened."""

    created_at: Moment
    data: Email


def verify(call: Call, secrets: Sequence[str], now: datetime) -> None:
    """The headers hold an id, a time, and one or several signatures of id, time and body."""
    standard.verify(_standardised(call), secrets, now)


def read(call: Call) -> tuple[ProviderEvent, ...]:
    """The one event of a delivery. Raises `Unreadable`."""
    document = read_json(call.body)
    kind = KINDS.get(read_as(Head, document).type)
    if kind is None:
        return ()
    envelope = read_as(Envelope, document)
    delivery = read_as(Sent, {"id": _standardised(call).headers.get("webhook-id")})
    email, part = envelope.data, envelope.data.part()
    if kind is ProviderEventKind.BOUNCE and email.bounce and email.bounce.type not in (None, "Permanent"):
        kind = ProviderEventKind.SOFT_BOUNCE
    return (
        ProviderEvent(
            provider=NAME,
            event_id=f"{NAME}:{delivery.id}",
            kind=kind,
            at=part.timestamp or envelope.created_at,
            provider_message_id=email.email_id,
            message_key=email.tags.message_key if email.tags else None,
            link=part.link,
            detail=detail(part.type, part.subType, part.reason),
            user_agent=part.userAgent,
        ),
    )


def _standardised(call: Call) -> Call:
    """With the names of headers that the standard has."""
    if "svix-id" not in call.headers:
        return call
    renamed = {
        name.replace("svix-", "webhook-", 1): value for name, value in call.headers.items() if name.startswith("svix-")
    }
    return replace(call, headers=renamed)


RESEND = Provider(NAME, "resend", "resend_webhook_secrets", verify, read)
