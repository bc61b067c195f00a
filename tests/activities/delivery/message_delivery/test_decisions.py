"""Decisions right before a send, and how they are recorded."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lifecycle.campaigns import Exit
from lifecycle.gate import SendingRules
from lifecycle.messages import MessageStatus
from tests.activities.delivery.conftest import NOW, PostOffice


def at(day: int, hour: int, minute: int) -> datetime:
    """A moment in November 2026, UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


SMS = {"channel": "SMS", "subject": None, "template_body": "Thank you"}


@pytest.mark.parametrize(
    ("planted", "reason"),
    [
        ({"profile": {"consent_email": None}}, "no consent"),
        ({"profile": {"consent_email": False}}, "consent withdrawn"),
        ({"suppression": "unsubscribe"}, "suppressed: unsubscribe"),
        ({"suppression": "hard_bounce", "campaign": {"purpose": "transactional"}}, "suppressed: hard_bounce"),
        ({"message": {"expires_at": NOW}}, "expired"),
        ({"campaign": {"exit_on": ["purchase"]}}, "ended by purchase"),
        ({"campaign": SMS, "profile": {"consent_sms": True}}, "no address on this channel"),
        ({"campaign": SMS, "profile": {"consent_sms": True, "phone": "call me"}}, "no address on this channel"),
    ],
)
async def test_a_message_is_skipped_with_its_reason(post: PostOffice, planted: dict[str, Any], reason: str) -> None:
    await post.plan(**planted)

    outcome = await post.deliver(happened=(Exit.PURCHASE,))

    assert (outcome.status, outcome.detail) == (MessageStatus.SKIPPED, reason)
    row = await post.row()
    assert (row["status"], row["reason"], row["sent_at"]) == ("SKIPPED", reason, None)
    assert post.received() == []


@pytest.mark.parametrize(
    "planted",
    [
        {"campaign": {"purpose": "transactional"}, "profile": {"consent_email": None}},
        {"campaign": {"purpose": "transactional"}, "profile": {"consent_email": False}},
        {"campaign": {"purpose": "transactional"}, "suppression": "unsubscribe"},
        {"campaign": {"exit_on": ["refund"]}},
    ],
)
async def test_a_message_is_sent_nevertheless(post: PostOffice, planted: dict[str, Any]) -> None:
    await post.plan(**planted)
    assert (await post.deliver(happened=(Exit.PURCHASE,))).status == MessageStatus.SENT


async def test_consent_may_be_granted_by_default(post: PostOffice) -> None:
    post.rules = SendingRules(consent_by_default=True)
    await post.plan(profile={"consent_email": None})
    assert (await post.deliver()).status == MessageStatus.SENT


@pytest.mark.parametrize("status", ["paused", "draft"])
async def test_a_campaign_that_is_not_live_defers_with_back_off(post: PostOffice, status: str) -> None:
    await post.plan(campaign={"status": status})

    first = await post.deliver()
    second = await post.deliver(attempts=1)

    assert (first.status, first.until) == ("WAITING", NOW + timedelta(minutes=15))
    assert second.until == NOW + timedelta(minutes=30)
    row = await post.row()
    assert (row["status"], row["due_at"], row["attempts"]) == ("PLANNED", second.until, 2)
    assert row["reason"] == f"campaign is {status}"


async def test_a_deferred_message_is_sent_once_its_campaign_is_live(post: PostOffice) -> None:
    await post.plan(campaign={"status": "paused"})
    await post.deliver()
    async with post.engine.connect() as connection:
        await connection.exec_driver_sql("UPDATE campaign_definitions SET status = 'live'")
        await connection.exec_driver_sql("UPDATE campaigns SET subject = 'As it reads now'")

    assert (await post.deliver()).status == MessageStatus.SENT

    assert post.received()[0]["Subject"] == "As it reads now"
    assert (await post.row())["reason"] is None


@pytest.mark.parametrize(
    ("profile", "country", "night", "morning"),
    [
        ({"phone": "+14155550123", "time_zone": "America/New_York"}, None, at(23, 3, 30), at(23, 13, 0)),
        ({"phone": "+12125550123"}, "IN", at(22, 22, 30), at(23, 2, 30)),
        ({"phone": "+12125550123"}, "US", at(23, 3, 30), at(23, 13, 0)),
    ],
    ids=["by the profile", "by the country", "by the number, where a country has many zones"],
)
async def test_text_messages_respect_quiet_hours(
    post: PostOffice, profile: dict[str, Any], country: str | None, night: datetime, morning: datetime
) -> None:
    await post.plan(
        campaign=SMS,
        profile={**profile, "consent_sms": True},
        message={
            "context": {"order": {"order_id": "o-1", "items": [], "shipping_country": country}},
            "products": [],
            "expires_at": NOW + timedelta(days=2),
        },
    )

    outcome = await post.deliver(now=night)

    assert (outcome.status, outcome.detail, outcome.until) == ("WAITING", "quiet hours", morning)
    assert (await post.deliver(now=morning)).status == MessageStatus.SENT


async def test_the_customers_time_decides_not_the_real_clock(post: PostOffice) -> None:
    later = NOW + timedelta(days=400)
    await post.plan(message={"expires_at": later + timedelta(hours=1)})

    assert (await post.deliver(now=later)).status == MessageStatus.SENT

    assert (await post.row())["sent_at"] == later
    assert post.received()[0]["Date"].datetime == later
