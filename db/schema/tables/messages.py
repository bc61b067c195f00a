"""Every message ever planned, and the exact bytes of those that were sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import CHAR, BigInteger, ForeignKey, Identity, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import EMPTY_LIST, EMPTY_OBJECT, NOW, Base, one_of
from lifecycle.messages import MessageStatus

MESSAGE_STATUSES = tuple(MessageStatus)
MESSAGE_EVENT_KINDS = ("OPEN", "CLICK", "DELIVERED", "BOUNCE", "SOFT_BOUNCE", "COMPLAINT", "UNSUBSCRIBE", "FAILURE")


class Communication(Base):
    """One message. `message_key` is the SHA-256, in hexadecimal, of what makes it this one and no other.

    `fence` names the owner of the claim and `lease_until` how long it holds. `sent_at` has a default for rows
    written by hand; a planned message is inserted with an explicit null.

    `variant` is the arm of an A/B test. A `held_out` customer never gets the campaign and is compared with the others.
    `content` says who wrote the words of a campaign with a prompt, and what that cost. `decisions` are the decisions
    about it in their order: `at`, `decision`, `reason` and, if it was deferred, `until`.
    """

    __tablename__ = "communications_log"
    __table_args__ = (
        UniqueConstraint("message_key"),
        one_of("status", MESSAGE_STATUSES),
        Index(None, "customer_email"),
        Index(None, "customer_id", "status"),
        Index(None, "campaign_id"),
        Index(None, "provider_message_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    customer_email: Mapped[str | None] = mapped_column(String(255))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    sent_at: Mapped[datetime | None] = mapped_column(server_default=NOW)
    status: Mapped[str] = mapped_column(String(20))

    message_key: Mapped[str] = mapped_column(CHAR(64))
    customer_id: Mapped[str] = mapped_column(String(26))
    channel: Mapped[str | None] = mapped_column(String(20))
    trigger_event: Mapped[str | None] = mapped_column(String(50))
    occurrence: Mapped[str | None] = mapped_column(String(255))
    reason: Mapped[str | None]
    planned_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    triggered_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    fence: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    provider: Mapped[str | None] = mapped_column(String(30))
    provider_message_id: Mapped[str | None] = mapped_column(String(255))
    context: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    products: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    variant: Mapped[str | None] = mapped_column(String(20))
    held_out: Mapped[bool] = mapped_column(server_default=text("false"))
    content: Mapped[dict[str, Any] | None]
    decisions: Mapped[list[dict[str, Any]]] = mapped_column(server_default=EMPTY_LIST)


class RenderedMessage(Base):
    """What a claim is about to send: an RFC 5322 message, or the text of an SMS in UTF-8.

    Stored so that a retry sends the same bytes to the same recipient. `links` are the targets of its tracked links, in
    the order of their numbers.
    """

    __tablename__ = "rendered_messages"

    message_key: Mapped[str] = mapped_column(
        CHAR(64), ForeignKey("communications_log.message_key", ondelete="CASCADE"), primary_key=True
    )
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str | None]
    content: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    links: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)


class MessageEvent(Base):
    """What happened to a message after it was sent: a provider's report, or an open or click by a person or a machine.

    `link` is the number of the link. `provider_event_id` makes a provider's event count once, however often it is
    delivered; `detail` is the provider's reason, without any personal data.
    """

    __tablename__ = "message_events"
    __table_args__ = (
        one_of("kind", MESSAGE_EVENT_KINDS),
        UniqueConstraint("provider_event_id"),
        Index(None, "message_key", "kind"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    message_key: Mapped[str] = mapped_column(CHAR(64), ForeignKey("communications_log.message_key", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    link: Mapped[int | None]
    is_machine: Mapped[bool]
    occurred_at: Mapped[datetime]
    provider_event_id: Mapped[str | None] = mapped_column(String(255))
    detail: Mapped[str | None]
