"""A customer who says no while their message is on its way: it holds for whatever is not with the provider yet."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.exceptions import ApplicationError

from activities.content.letter import Letter
from activities.content.written import LookedUp, Unusable
from db.customers.consent import withdraw
from db.engine.connections import json_text
from db.messages.message_events import record
from db.messages.messages import Messages
from lifecycle.machine_readers import Visit
from lifecycle.messages import MessageStatus
from localstack.servers.mail_server import Received
from tests.activities.delivery.conftest import CUSTOMER, KEY, NOW, PostOffice
from tests.activities.delivery.test_claims import Keyed, die_while_sending


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

    async def look_up(self, _letter: Letter, _now: datetime) -> LookedUp:
        await self._happens()
        return Unusable("nothing to say")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (unsubscribe, "suppressed: unsubscribe"),
        (withdraw_consent, "consent withdrawn"),
        (tell_the_shop, "consent withdrawn"),
    ],
)
async def test_between_the_question_and_the_claim(
    post: PostOffice, change: Callable[[PostOffice], Awaitable[None]], reason: str
) -> None:
    post.written = Meanwhile(lambda: change(post))
    await post.plant(campaign={"prompt": "Write."})

    with pytest.raises(ApplicationError, match="the customer spoke meanwhile"):
        await post.deliver()
    assert (await post.row())["status"] == "PLANNED"
    outcome = await post.deliver(attempt=2)

    assert (outcome.status, outcome.detail) == (MessageStatus.SKIPPED, reason)
    assert post.received() == []


async def test_a_confirmation_is_asked_about_again_and_sent(post: PostOffice) -> None:
    post.written = Meanwhile(lambda: unsubscribe(post))
    await post.plant(campaign={"prompt": "Write.", "purpose": "transactional"})
    with pytest.raises(ApplicationError, match="the customer spoke meanwhile"):
        await post.deliver()
    assert (await post.deliver(attempt=2)).status == MessageStatus.SENT


async def test_while_it_was_planned(post: PostOffice) -> None:
    await post.plant()
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
async def test_while_no_workflow_has_heard_of_it(post: PostOffice, words: list[dict[str, Any]], sent: bool) -> None:
    await post.plant()
    for word in words:
        await tell_the_shop(post, **word)
    assert (await post.deliver()).detail == ("sent by smtp" if sent else "consent withdrawn")


async def test_a_yes_that_no_workflow_has_heard_of_may_be_an_old_one(post: PostOffice) -> None:
    await post.plant(profile={"consent_email": False})
    await tell_the_shop(post, granted=True)
    assert (await post.deliver()).detail == "consent withdrawn"


async def test_a_confirmation_is_sent_all_the_same(post: PostOffice) -> None:
    await post.plant(campaign={"purpose": "transactional"})
    await tell_the_shop(post)
    assert (await post.deliver()).status == MessageStatus.SENT


@pytest.mark.parametrize("keyed", [True, False], ids=["with idempotency keys", "without"])
@pytest.mark.parametrize("change", [unsubscribe, withdraw_consent, tell_the_shop])
async def test_while_it_was_claimed_by_a_worker_that_died(
    post: PostOffice, change: Callable[[PostOffice], Awaitable[None]], keyed: bool
) -> None:
    await post.plant()
    await die_while_sending(post)
    await change(post)
    await post.let_the_lease_run_out()
    if keyed:
        post.email = Keyed()

    outcome = await post.deliver(attempt=2)

    assert outcome.status == MessageStatus.UNKNOWN
    assert "not repeated" in outcome.detail
    assert not isinstance(post.email, Keyed) or post.email.calls == []
    assert len(post.received()) == 1


async def test_while_nobody_knew_whether_it_had_arrived(post: PostOffice) -> None:
    post.email = provider = Keyed(loses_first_answer=True)
    await post.plant()
    with pytest.raises(ApplicationError, match="the answer was lost"):
        await post.deliver()
    await unsubscribe(post)

    outcome = await post.deliver(attempt=2)

    assert outcome.status == MessageStatus.UNKNOWN
    assert outcome.detail == "may have been sent; not repeated: suppressed: unsubscribe"
    assert len(provider.calls) == 1


async def test_between_the_question_and_the_second_claim(post: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    post.email = provider = Keyed(loses_first_answer=True)
    await post.plant()
    with pytest.raises(ApplicationError, match="the answer was lost"):
        await post.deliver()
    claim = Messages.claim_again

    async def late(*arguments: Any, **named: Any) -> bool:
        await unsubscribe(post)
        return await claim(*arguments, **named)

    monkeypatch.setattr(Messages, "claim_again", late)

    with pytest.raises(ApplicationError, match="the customer spoke meanwhile"):
        await post.deliver(attempt=2)

    assert len(provider.calls) == 1
    assert (await post.row())["status"] == "UNKNOWN"


async def test_a_message_that_is_read_before_it_is_marked_was_sent_all_the_same(post: PostOffice) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(_message: Received, keep: Callable[[], Path]) -> str:
        keep()
        asked.set()
        await answer.wait()
        return "250 2.0.0 Ok: queued as 4XyZ"

    post.mail.behaviour = slow
    await post.plant()
    sending = asyncio.create_task(post.deliver())
    await asked.wait()
    visit = Visit("OPEN", datetime.now(UTC) + timedelta(minutes=1))
    await record(post.engine, KEY, visit, method="GET", user_agent="A person's")
    assert (await post.row())["status"] == "OPENED"
    answer.set()

    assert (await sending).status == MessageStatus.SENT

    row = await post.row()
    assert (row["status"], row["sent_at"], row["provider_message_id"]) == ("OPENED", NOW, "4XyZ")


async def test_a_confirmation_that_was_opened_is_not_repeated(post: PostOffice) -> None:
    await post.plant(campaign={"purpose": "transactional"})
    await die_while_sending(post)
    await post.let_the_lease_run_out()
    visit = Visit("OPEN", datetime.now(UTC) + timedelta(minutes=1))
    await record(post.engine, KEY, visit, method="GET", user_agent="A person's")

    assert (await post.deliver(attempt=2)).status == MessageStatus.OPENED

    assert len(post.received()) == 1
