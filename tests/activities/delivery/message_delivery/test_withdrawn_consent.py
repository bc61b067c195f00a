"""Consent withdrawn while a message is being delivered holds until the message is submitted."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.exceptions import ApplicationError

from activities.content.message_draft import MessageDraft
from activities.writing.content_source import ContentLookup, ContentUnavailable
from db.customers.consent import withdraw
from db.engine.connections import json_text
from db.messages.claims import MessageClaims
from db.messages.message_events import record
from lifecycle.machine_readers import Visit
from lifecycle.messages import MessageStatus
from localstack.servers.mail_server import ReceivedMail
from tests.activities.delivery.conftest import CUSTOMER, KEY, NOW, PostOffice
from tests.activities.delivery.message_delivery.lost_responses import ProviderWithKeys, kill_while_sending


async def unsubscribe(post: PostOffice) -> None:
    await withdraw(post.engine, CUSTOMER, "EMAIL", source="one-click", at=NOW)


async def withdraw_consent(post: PostOffice) -> None:
    """As the customer's workflow writes it."""
    async with post.engine.connect() as connection:
        await connection.execute(text("UPDATE customer_profiles SET consent_email = false"))


async def tell_the_shop(post: PostOffice, **body: Any) -> None:
    """As the inbox keeps it until a workflow has written it."""
    said = {"type": "CONSENT_CHANGED", "channel": "email", "granted": False, "at": NOW, **body}
    event = {
        "id": f"said:{said['at']}",
        "customer": CUSTOMER,
        "type": said["type"],
        "at": said.pop("at"),
        "body": json_text(said),
    }
    async with post.engine.connect() as connection:
        await connection.execute(
            text(
                "INSERT INTO event_inbox (event_id, customer_id, type, occurred_at, body, status) "
                "VALUES (:id, :customer, :type, :at, CAST(:body AS jsonb), 'RECEIVED')"
            ),
            event,
        )


class Meanwhile:
    """A writer that takes its time, in which something happens."""

    def __init__(self, happens: Callable[[], Awaitable[None]]) -> None:
        self._happens = happens

    async def look_up(self, _draft: MessageDraft, _now: datetime) -> ContentLookup:
        await self._happens()
        return ContentUnavailable("nothing to say")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (unsubscribe, "suppressed: unsubscribe"),
        (withdraw_consent, "consent withdrawn"),
        (tell_the_shop, "consent withdrawn"),
    ],
)
async def test_consent_withdrawn_between_the_decision_and_the_claim(
    post: PostOffice, change: Callable[[PostOffice], Awaitable[None]], reason: str
) -> None:
    post.content_source = Meanwhile(lambda: change(post))
    await post.plan(campaign={"prompt": "Write."})

    with pytest.raises(ApplicationError, match="changed in the meantime"):
        await post.deliver()
    assert (await post.row())["status"] == "PLANNED"
    outcome = await post.deliver(attempt=2)

    assert (outcome.status, outcome.detail) == (MessageStatus.SKIPPED, reason)
    assert post.received() == []


async def test_a_transactional_message_is_decided_again_and_sent(post: PostOffice) -> None:
    post.content_source = Meanwhile(lambda: unsubscribe(post))
    await post.plan(campaign={"prompt": "Write.", "purpose": "transactional"})
    with pytest.raises(ApplicationError, match="changed in the meantime"):
        await post.deliver()
    assert (await post.deliver(attempt=2)).status == MessageStatus.SENT


async def test_consent_withdrawn_while_the_message_was_planned(post: PostOffice) -> None:
    await post.plan()
    await unsubscribe(post)
    assert (await post.deliver()).detail == "suppressed: unsubscribe"
    assert post.received() == []


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        ([{}], False),
        ([{"type": "ORDER_PAID", "consent": {"email": False}}], False),
        ([{"channel": "sms"}], True),
        ([{"consent": {"sms": False}, "granted": True}], True),
        ([{}, {"granted": True, "at": NOW + timedelta(minutes=1)}], True),
        ([{"granted": True}, {"at": NOW + timedelta(minutes=1)}], False),
    ],
)
async def test_consent_withdrawn_by_an_event_that_is_not_applied_yet(
    post: PostOffice, words: list[dict[str, Any]], sent: bool
) -> None:
    await post.plan()
    for word in words:
        await tell_the_shop(post, **word)
    assert (await post.deliver()).detail == ("sent by smtp" if sent else "consent withdrawn")


@pytest.mark.parametrize(
    ("moment", "outcome"), [(NOW - timedelta(days=1), "consent withdrawn"), (NOW, "sent by smtp")], ids=["old", "new"]
)
async def test_a_grant_that_is_not_applied_yet_counts_if_it_is_newer(
    post: PostOffice, moment: datetime, outcome: str
) -> None:
    await post.plan(profile={"consent_email": False, "consent_email_at": NOW - timedelta(hours=1)})
    await tell_the_shop(post, granted=True, at=moment)
    assert (await post.deliver()).detail == outcome


async def test_a_transactional_message_is_sent_without_consent(post: PostOffice) -> None:
    await post.plan(campaign={"purpose": "transactional"})
    await tell_the_shop(post)
    assert (await post.deliver()).status == MessageStatus.SENT


@pytest.mark.parametrize("keyed", [True, False], ids=["with idempotency keys", "without"])
@pytest.mark.parametrize("change", [unsubscribe, withdraw_consent, tell_the_shop])
async def test_consent_withdrawn_while_a_dead_worker_held_the_claim(
    post: PostOffice, change: Callable[[PostOffice], Awaitable[None]], keyed: bool
) -> None:
    await post.plan()
    await kill_while_sending(post)
    await change(post)
    await post.expire_lease()
    if keyed:
        post.email = ProviderWithKeys()

    outcome = await post.deliver(attempt=2)

    assert outcome.status == MessageStatus.UNKNOWN
    assert "not sent again" in outcome.detail
    assert not isinstance(post.email, ProviderWithKeys) or post.email.calls == []
    assert len(post.received()) == 1


async def test_consent_withdrawn_while_the_outcome_was_unknown(post: PostOffice) -> None:
    post.email = provider = ProviderWithKeys(loses_first_response=True)
    await post.plan()
    with pytest.raises(ApplicationError, match="the response was lost"):
        await post.deliver()
    await unsubscribe(post)

    outcome = await post.deliver(attempt=2)

    assert outcome.status == MessageStatus.UNKNOWN
    assert outcome.detail == "may have been sent; not sent again: suppressed: unsubscribe"
    assert len(provider.calls) == 1


async def test_consent_withdrawn_between_the_decision_and_the_second_claim(post: PostOffice) -> None:
    class UnsubscribedBeforeClaim(MessageClaims):
        async def claim_again(self, *arguments: Any, **named: Any) -> bool:
            await unsubscribe(post)
            return await super().claim_again(*arguments, **named)

    post.email = provider = ProviderWithKeys(loses_first_response=True)
    await post.plan()
    with pytest.raises(ApplicationError, match="the response was lost"):
        await post.deliver()
    post.messages = UnsubscribedBeforeClaim

    with pytest.raises(ApplicationError, match="changed in the meantime"):
        await post.deliver(attempt=2)

    assert len(provider.calls) == 1
    assert (await post.row())["status"] == "UNKNOWN"


async def test_a_message_opened_before_it_is_marked_counts_as_sent(post: PostOffice) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(_message: ReceivedMail, keep: Callable[[], Path]) -> str:
        keep()
        asked.set()
        await answer.wait()
        return "250 2.0.0 Ok: queued as 4XyZ"

    post.mail.behaviour = slow
    await post.plan()
    sending = asyncio.create_task(post.deliver())
    await asked.wait()
    visit = Visit("OPEN", datetime.now(UTC) + timedelta(minutes=1))
    await record(post.engine, KEY, visit, method="GET", user_agent="A person's")
    assert (await post.row())["status"] == "OPENED"
    answer.set()

    assert (await sending).status == MessageStatus.SENT

    row = await post.row()
    assert (row["status"], row["sent_at"], row["provider_message_id"]) == ("OPENED", NOW, "4XyZ")


async def test_an_opened_message_is_not_sent_again(post: PostOffice) -> None:
    await post.plan(campaign={"purpose": "transactional"})
    await kill_while_sending(post)
    await post.expire_lease()
    visit = Visit("OPEN", datetime.now(UTC) + timedelta(minutes=1))
    await record(post.engine, KEY, visit, method="GET", user_agent="A person's")

    assert (await post.deliver(attempt=2)).status == MessageStatus.OPENED

    assert len(post.received()) == 1
