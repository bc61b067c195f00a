"""The adapter for Resend, which signs as Standard Webhooks do, with its own header names.

The event id is the id of the delivery: it is signed, and the same on every retry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator

from intake.webhooks import standard
from intake.webhooks.documents import Document, Maybe, read_as, read_json
from intake.webhooks.providers.adapter import MessageKey, ProviderAdapter, ProviderDelivery, ProviderId, reason_codes
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
    # Not sent, because the address bounced or complained before.
    "email.suppressed": ProviderEventKind.BOUNCE,
    "email.complained": ProviderEventKind.COMPLAINT,
    "email.failed": ProviderEventKind.FAILURE,
}


class ResendDelivery(Document):
    """The headers of a delivery."""

    id: ProviderId


class ResendEventHead(Document):
    """Fields of every event, of any type."""

    type: str


class ResendEventDetails(Document):
    """Details of one type of event."""

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
    """The tags as an object: Resend sends them as one, or as a list of names and values."""
    if not isinstance(value, list):
        return value
    return {
        tag["name"]: tag.get("value") for tag in value if isinstance(tag, dict) and isinstance(tag.get("name"), str)
    }


class ResendTags(Document):
    """The tags that we set."""

    message_key: Maybe[MessageKey] = None


class ResendEmailData(Document):
    """The e-mail that an event is about."""

    email_id: ProviderId
    tags: Maybe[Annotated[ResendTags, BeforeValidator(_by_name)]] = None
    bounce: Maybe[ResendEventDetails] = None
    suppressed: Maybe[ResendEventDetails] = None
    failed: Maybe[ResendEventDetails] = None
    open: Maybe[ResendEventDetails] = None
    click: Maybe[ResendEventDetails] = None

    def details(self) -> ResendEventDetails:
        """The details of this event; empty when there are none."""
        return self.bounce or self.suppressed or self.failed or self.click or self.open or ResendEventDetails()


class ResendEvent(ResendEventHead):
    """An event of a type that is used; `created_at` is when it happened."""

    created_at: Moment
    data: ResendEmailData


def verify(delivery: ProviderDelivery, secrets: Sequence[str], now: datetime) -> None:
    """Check the headers: an id, a time, and one or several signatures over id, time and body."""
    standard.verify(_with_standard_headers(delivery), secrets, now)


def read(delivery: ProviderDelivery) -> tuple[ProviderEvent, ...]:
    """The one event of a delivery. Raises `UnreadableDelivery`."""
    document = read_json(delivery.body)
    kind = KINDS.get(read_as(ResendEventHead, document).type)
    if kind is None:
        return ()
    event = read_as(ResendEvent, document)
    sent = read_as(ResendDelivery, {"id": _with_standard_headers(delivery).headers.get("webhook-id")})
    email, details = event.data, event.data.details()
    if kind is ProviderEventKind.BOUNCE and email.bounce and email.bounce.type not in (None, "Permanent"):
        kind = ProviderEventKind.SOFT_BOUNCE
    return (
        ProviderEvent(
            provider=NAME,
            event_id=f"{NAME}:{sent.id}",
            kind=kind,
            at=details.timestamp or event.created_at,
            provider_message_id=email.email_id,
            message_key=email.tags.message_key if email.tags else None,
            link=details.link,
            detail=reason_codes(details.type, details.subType, details.reason),
            user_agent=details.userAgent,
        ),
    )


def _with_standard_headers(delivery: ProviderDelivery) -> ProviderDelivery:
    """The delivery with the header names of the standard."""
    if "svix-id" not in delivery.headers:
        return delivery
    headers = {name: value for name, value in delivery.headers.items() if name.startswith("svix-")}
    renamed = {name.replace("svix-", "webhook-", 1): value for name, value in headers.items()}
    return replace(delivery, headers=renamed)


RESEND = ProviderAdapter(NAME, "resend", "resend_webhook_secrets", verify, read)
