"""The adapter for Amazon SES: events that it publishes to SNS, and notifications of an identity, which say less.

Events go by the id of the message of SNS that carries them.
"""

from collections.abc import Callable, Mapping

from intake.webhooks.documents import Document, Maybe, read_as, read_json
from intake.webhooks.providers import sns
from intake.webhooks.providers.provider import Call, MessageKey, Provider, ProviderId, detail
from intake.webhooks.shop import UnreadableDelivery
from lifecycle.provider_events import ProviderEvent, ProviderEventKind
from retention_client.fields import Moment, Text

NAME = "ses"
NOT_SPAM = "not-spam"
"""Said by who takes a complaint back."""


class Topic(Document):
    """One of the things that a contact may get."""

    subscriptionStatus: str  # noqa: N815 - as it is sent


class Preferences(Document):
    """What a contact wants to get."""

    unsubscribeAll: bool = False  # noqa: N815 - as it is sent
    topicSubscriptionStatus: Maybe[list[Topic]] = None  # noqa: N815 - as it is sent


class Part(Document):
    """What is said of one kind of event only."""

    timestamp: Maybe[Moment] = None
    bounceType: str | None = None  # noqa: N815 - as it is sent
    bounceSubType: str | None = None  # noqa: N815 - as it is sent
    complaintFeedbackType: str | None = None  # noqa: N815 - as it is sent
    complaintSubType: str | None = None  # noqa: N815 - as it is sent
    reason: str | None = None
    link: str | None = None
    userAgent: Maybe[Text] = None  # noqa: N815 - as it is sent
    newTopicPreferences: Maybe[Preferences] = None  # noqa: N815 - as it is sent

    def detail(self) -> str | None:
        """The reason, in codes."""
        return detail(
            self.bounceType, self.bounceSubType, self.complaintFeedbackType, self.complaintSubType, self.reason
        )


class Tags(Document):
    """Those tags that are ours; every tag has a list of values."""

    message_key: Maybe[list[Maybe[MessageKey]]] = None


class Mail(Document):
    """The message as SES knows it."""

    messageId: ProviderId  # noqa: N815 - as it is sent
    tags: Maybe[Tags] = None


class Head(Document):
    """What every event says, or every notification."""

    eventType: Maybe[str] = None  # noqa: N815 - as it is sent
    notificationType: Maybe[str] = None  # noqa: N815 - as it is sent


class Record(Document):
    """An event that is used."""

    mail: Mail


def read(call: Call) -> tuple[ProviderEvent, ...]:
    """The one event of a message, if it carries any. Raises `UnreadableDelivery`."""
    envelope = sns.envelope_of(call)
    if envelope.Type != sns.NOTIFICATION:
        return ()
    try:
        document = read_json(envelope.Message.encode())
        head = read_as(Head, document)
    except UnreadableDelivery:
        # In words SES tells that it has tried the topic.
        return ()
    named = READERS.get((head.eventType or head.notificationType or "").replace(" ", ""))
    if named is None or not isinstance(document, dict):
        return ()
    where, kind_of = named
    mail = read_as(Record, document).mail
    part = read_as(Part, document.get(where) or {})
    kind = kind_of(part)
    if kind is None:
        return ()
    keys = mail.tags.message_key if mail.tags else None
    return (
        ProviderEvent(
            provider=NAME,
            event_id=f"{NAME}:{envelope.MessageId}",
            kind=kind,
            at=part.timestamp or envelope.published_at or call.received_at,
            provider_message_id=mail.messageId,
            message_key=keys[0] if keys else None,
            link=part.link,
            detail=part.detail(),
            user_agent=part.userAgent,
        ),
    )


def _bounce(part: Part) -> ProviderEventKind:
    return ProviderEventKind.BOUNCE if part.bounceType == "Permanent" else ProviderEventKind.SOFT_BOUNCE


def _complaint(part: Part) -> ProviderEventKind | None:
    return None if part.complaintFeedbackType == NOT_SPAM else ProviderEventKind.COMPLAINT


def _subscription(part: Part) -> ProviderEventKind | None:
    wanted = part.newTopicPreferences or Preferences()
    left = any(topic.subscriptionStatus == "OptOut" for topic in wanted.topicSubscriptionStatus or ())
    return ProviderEventKind.UNSUBSCRIBE if wanted.unsubscribeAll or left else None


def _always(kind: ProviderEventKind) -> Callable[[Part], ProviderEventKind]:
    return lambda _: kind


READERS: Mapping[str, tuple[str, Callable[[Part], ProviderEventKind | None]]] = {
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
"""By the name of an event: where its own part stands, and what it tells."""

SES = Provider(NAME, "ses", "ses_topics", sns.verify, read, sns.certificate_address, sns.confirmation)
