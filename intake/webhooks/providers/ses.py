"""The adapter for Amazon SES: events that it publishes to SNS, and the simpler notifications of an identity.

The event id is the id of the SNS message.
"""

from collections.abc import Callable, Mapping

from intake.webhooks.documents import Document, Maybe, read_as, read_json
from intake.webhooks.providers import sns
from intake.webhooks.providers.adapter import MessageKey, ProviderAdapter, ProviderDelivery, ProviderId, reason_codes
from intake.webhooks.shop_adapter import UnreadableDelivery
from lifecycle.provider_events import ProviderEvent, ProviderEventKind
from retention_client.fields import Moment, Text

NAME = "ses"
NOT_SPAM = "not-spam"
"""The feedback type with which a recipient revokes a complaint."""


class SesTopicPreference(Document):
    """A contact's subscription to one topic."""

    subscriptionStatus: str  # noqa: N815 - as it is sent


class SesPreferences(Document):
    """A contact's subscriptions."""

    unsubscribeAll: bool = False  # noqa: N815 - as it is sent
    topicSubscriptionStatus: Maybe[list[SesTopicPreference]] = None  # noqa: N815 - as it is sent


class SesEventDetails(Document):
    """Details of one type of event."""

    timestamp: Maybe[Moment] = None
    bounceType: str | None = None  # noqa: N815 - as it is sent
    bounceSubType: str | None = None  # noqa: N815 - as it is sent
    complaintFeedbackType: str | None = None  # noqa: N815 - as it is sent
    complaintSubType: str | None = None  # noqa: N815 - as it is sent
    reason: str | None = None
    link: str | None = None
    userAgent: Maybe[Text] = None  # noqa: N815 - as it is sent
    newTopicPreferences: Maybe[SesPreferences] = None  # noqa: N815 - as it is sent

    def codes(self) -> str | None:
        """The reason, as codes."""
        return reason_codes(
            self.bounceType, self.bounceSubType, self.complaintFeedbackType, self.complaintSubType, self.reason
        )


class SesTags(Document):
    """The tags that we set; every tag has a list of values."""

    message_key: Maybe[list[Maybe[MessageKey]]] = None


class SesMail(Document):
    """The e-mail that an event is about."""

    messageId: ProviderId  # noqa: N815 - as it is sent
    tags: Maybe[SesTags] = None


class SesEventHead(Document):
    """The type of an event or a notification."""

    eventType: Maybe[str] = None  # noqa: N815 - as it is sent
    notificationType: Maybe[str] = None  # noqa: N815 - as it is sent


class SesRecord(Document):
    """An event of a type that is used."""

    mail: SesMail


def read(delivery: ProviderDelivery) -> tuple[ProviderEvent, ...]:
    """The event of a delivery, if it contains one. Raises `UnreadableDelivery`."""
    message = sns.read_message(delivery)
    if message.Type != sns.NOTIFICATION:
        return ()
    try:
        document = read_json(message.Message.encode())
        head = read_as(SesEventHead, document)
    except UnreadableDelivery:
        # SES sends plain text to test the topic.
        return ()
    reader = READERS.get((head.eventType or head.notificationType or "").replace(" ", ""))
    if reader is None or not isinstance(document, dict):
        return ()
    field, kind_of = reader
    mail = read_as(SesRecord, document).mail
    details = read_as(SesEventDetails, document.get(field) or {})
    kind = kind_of(details)
    if kind is None:
        return ()
    keys = mail.tags.message_key if mail.tags else None
    return (
        ProviderEvent(
            provider=NAME,
            event_id=f"{NAME}:{message.MessageId}",
            kind=kind,
            at=details.timestamp or message.published_at or delivery.received_at,
            provider_message_id=mail.messageId,
            message_key=keys[0] if keys else None,
            link=details.link,
            detail=details.codes(),
            user_agent=details.userAgent,
        ),
    )


def _bounce(details: SesEventDetails) -> ProviderEventKind:
    return ProviderEventKind.BOUNCE if details.bounceType == "Permanent" else ProviderEventKind.SOFT_BOUNCE


def _complaint(details: SesEventDetails) -> ProviderEventKind | None:
    return None if details.complaintFeedbackType == NOT_SPAM else ProviderEventKind.COMPLAINT


def _subscription(details: SesEventDetails) -> ProviderEventKind | None:
    wanted = details.newTopicPreferences or SesPreferences()
    left = any(topic.subscriptionStatus == "OptOut" for topic in wanted.topicSubscriptionStatus or ())
    return ProviderEventKind.UNSUBSCRIBE if wanted.unsubscribeAll or left else None


def _always(kind: ProviderEventKind) -> Callable[[SesEventDetails], ProviderEventKind]:
    return lambda _: kind


READERS: Mapping[str, tuple[str, Callable[[SesEventDetails], ProviderEventKind | None]]] = {
    "Send": ("send", _always(ProviderEventKind.ACCEPTED)),
    "DeliveryDelay": ("deliveryDelay", _always(ProviderEventKind.ACCEPTED)),
    "Delivery": ("delivery", _always(ProviderEventKind.DELIVERED)),
    "Open": ("open", _always(ProviderEventKind.OPEN)),
    "Click": ("click", _always(ProviderEventKind.CLICK)),
    "Bounce": ("bounce", _bounce),
    "Complaint": ("complaint", _complaint),
    "Reject": ("reject", _always(ProviderEventKind.FAILURE)),
    "RenderingFailure": ("failure", _always(ProviderEventKind.FAILURE)),
    "Subscription": ("subscription", _subscription),
}
"""By the type of an event: the field with its details, and the function that reads its kind."""

SES = ProviderAdapter(NAME, "ses", "ses_topics", sns.verify, read, sns.certificate_url, sns.confirmation)
