"""A customer's story told and explained, from rows alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.campaigns.campaigns import REMOVED, StoredCampaign
from db.customers.records import CustomerRecord, StoredEvent, StoredMessage, StoredStep
from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import CampaignStatus, Purpose
from lifecycle.messages import MessageStatus
from lifecycle.wording import Wording
from operations.customers.explanation import explain
from operations.customers.message_explanation import IN_WORDS
from operations.customers.story import described, moments
from retention_client.events import parse_event

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVENT = {"event_id": "e-1", "customer_email": "ada@example.com", "occurred_at": NOON.isoformat()}
ITEMS = [{"sku": sku} for sku in ("PAN", "LID", "POT", "CUP", "MUG")]


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


def story(**parts: Any) -> CustomerRecord:
    """A customer of whom only this is known."""
    return CustomerRecord(**{"profile": None, "suppressions": (), "events": (), "steps": (), "messages": (), **parts})


def campaign(trigger: str, status: CampaignStatus = CampaignStatus.LIVE, **conditions: object) -> StoredCampaign:
    """The campaign `news`."""
    row = CampaignRow(
        slug="news",
        name="News",
        trigger_event=trigger,
        channel="EMAIL",
        purpose=Purpose.MARKETING,
        wording=Wording("<p>News</p>", "News"),
        conditions=conditions,
    )
    return StoredCampaign(1, status, row)


def why_none(told: CustomerRecord, found: StoredCampaign) -> str | None:
    """Why the customer did not get the campaign."""
    [explained] = explain(told, [found])
    return explained.why_none


def test_a_chain_of_steps_stands_beside_the_order_that_caused_it() -> None:
    told = story(
        events=(ordered(),),
        steps=(
            step("REPEAT", "VIP", "order-1"),
            step("VIP", "AT_RISK", "no purchase in 90 days", revision=2),
        ),
        messages=(message(), message(MessageStatus.SKIPPED, "no consent")),
    )
    assert [(moment.event, moment.state, moment.message) for moment in moments(told)] == [
        ("order 1 paid: 60.00 USD", "REPEAT → VIP", None),
        ("no purchase in 90 days", "VIP → AT_RISK", None),
        (None, None, "News 2 (EMAIL) SKIPPED: no consent"),
        (None, None, "News 2 (EMAIL) SENT"),
    ]


def test_what_was_not_applied_says_so() -> None:
    body = {**EVENT, "type": "CART_UPDATED", "cart": {"cart_id": "c-1", "items": []}}
    told = story(
        events=(
            StoredEvent("e-1", "order_paid", NOON, "REFUSED", None, "order.total: Field required"),
            StoredEvent("e-2", "VISITED", NOON, "RECEIVED", {**EVENT, "type": "VISITED"}, None),
            StoredEvent("e-3", "VISITED", NOON, "DISCARDED", {**EVENT, "type": "VISITED"}, None),
            StoredEvent("e-4", "CART_UPDATED", NOON, "RECEIVED", body, None),
        )
    )
    assert [moment.event for moment in moments(told)] == [
        "order_paid (refused: order.total: Field required)",
        "visited (not applied yet)",
        "visited (discarded)",
        "cart c-1 emptied",
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"type": "CART_UPDATED", "cart": {"cart_id": "c", "items": ITEMS}}, "cart c (PAN, LID, POT and 2 more)"),
        ({"type": "ORDER_REFUNDED", "order_id": "7", "amount": "5.00"}, "order 7 refunded: 5.00"),
        ({"type": "ORDER_REFUNDED", "order_id": "7", "cancelled": True}, "order 7 cancelled"),
        ({"type": "CONSENT_CHANGED", "channel": "sms", "granted": False}, "consent to sms withdrawn"),
        ({"type": "PROFILE_UPDATED"}, "profile updated"),
        ({"type": "CUSTOM", "name": "shipped"}, "shipped"),
    ],
)
def test_events_in_words(fields: dict[str, Any], words: str) -> None:
    assert described(parse_event({**EVENT, **fields}, currency="USD")) == words


def test_every_status_has_words() -> None:
    assert IN_WORDS.keys() == set(MessageStatus)


def test_a_message_is_told_with_its_reason() -> None:
    [explained] = explain(story(messages=(message(MessageStatus.PLANNED, "quiet hours"),)), [campaign("ORDER_PAID")])
    assert explained.why_none is None
    assert [found.why for found in explained.messages] == ["waits for its time: quiet hours"]


def test_why_a_campaign_sent_nothing() -> None:
    once = story(events=(ordered(),))
    never = "its trigger, CUSTOM:shipped, never came for this customer"
    assert why_none(once, campaign("CUSTOM:shipped")) == never
    draft = why_none(once, campaign("CUSTOM:shipped", CampaignStatus.DRAFT))
    assert draft == f"{never}; besides, it is a draft, and drafts send nothing"
    draft = why_none(once, campaign("ORDER_PAID", CampaignStatus.DRAFT))
    assert draft == "it is a draft, and drafts send nothing; its trigger last came on 2026-11-22"
    unmet = why_none(once, campaign("ORDER_PAID", min_value="100"))
    assert unmet == "when its trigger last came, on 2026-11-22, its condition min_value was not met"
    late = why_none(once, campaign("ORDER_PAID", min_value="10"))
    assert late == "it was not live yet when its trigger last came, on 2026-11-22"
    assert why_none(once, campaign("CART_ABANDONED")) == "no message tells of a cart that counted as abandoned"


def test_only_the_state_of_rest_counts_as_entered() -> None:
    chain = story(events=(ordered(),), steps=(step("CUSTOMER", "REPEAT", "order-1"), step("REPEAT", "VIP", "order-1")))
    passed = why_none(chain, campaign("ENTERED_STATE_REPEAT"))
    assert passed == "the customer passed through REPEAT and came to rest elsewhere, which triggers nothing"
    unmet = why_none(chain, campaign("ENTERED_STATE_VIP", min_value="100"))
    assert unmet == "when its trigger last came, on 2026-11-22, its condition min_value was not met"


def test_a_step_that_was_taken_out_of_its_campaign_is_not_asked_about() -> None:
    assert explain(story(), [campaign(REMOVED)]) == []
    assert explain(story(), [campaign("ORDER_PAID")], slug="other") == []
