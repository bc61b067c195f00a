"""Rows of one customer, for timelines and explanations."""

from datetime import UTC, datetime, timedelta
from typing import Any

from db.customers.records import CustomerRecord, StoredEvent, StoredMessage, StoredStep
from lifecycle.messages import MessageStatus

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


EVENT = {"event_id": "e-1", "customer_email": "ada@example.com", "occurred_at": NOON.isoformat()}


def ordered(number: int = 1) -> StoredEvent:
    """An order of 60 dollars that was applied."""
    order = {"order_id": str(number), "total": "60.00", "currency": "USD"}
    body = {**EVENT, "type": "ORDER_PAID", "event_id": f"order-{number}", "order": order}
    return StoredEvent(f"order-{number}", "ORDER_PAID", NOON + timedelta(hours=number), "APPLIED", body, None)


def step(from_state: str, to_state: str, cause: str, revision: int = 1) -> StoredStep:
    """A step between states."""
    return StoredStep(
        NOON + timedelta(hours=1), from_state, to_state, cause, restated=False, epoch=1, revision=revision
    )


def message(status: MessageStatus = MessageStatus.SENT, reason: str | None = None) -> StoredMessage:
    """A message of the campaign `news`."""
    return StoredMessage(
        message_key="0" * 64,
        slug="news",
        step=2,
        name="News",
        channel="EMAIL",
        trigger_event="ORDER_PAID",
        occurrence="1",
        triggered_at=NOON,
        planned_at=NOON,
        due_at=NOON + timedelta(hours=2),
        expires_at=NOON + timedelta(days=3),
        sent_at=NOON + timedelta(hours=3) if status is MessageStatus.SENT else None,
        status=status,
        reason=reason,
        attempts=0,
        provider="smtp" if status is MessageStatus.SENT else None,
        provider_message_id=None,
    )


def record(**parts: Any) -> CustomerRecord:
    """A customer of whom only this is stored."""
    return CustomerRecord(**{"profile": None, "suppressions": (), "events": (), "steps": (), "messages": (), **parts})
