"""Claims: one sender at a time, and what happens to a message whose sender died."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError

from activities.content.message_draft import MessageDraft
from activities.writing.content_source import ContentLookup, ContentUnavailable
from lifecycle.campaigns import Exit
from lifecycle.messages import MessageStatus
from localstack.servers.mail_server import ReceivedMail
from tests.activities.delivery.conftest import KEY, NOW, PostOffice
from tests.activities.delivery.message_delivery.lost_responses import ProviderWithKeys, kill_while_sending


class Together:
    """A writer with nothing to say, that keeps everybody waiting until all have asked."""

    def __init__(self, parties: int) -> None:
        self._barrier = asyncio.Barrier(parties)

    async def look_up(self, _draft: MessageDraft, _now: datetime) -> ContentLookup:
        await self._barrier.wait()
        return ContentUnavailable("nothing to say")


async def test_concurrent_attempts_send_once(post: PostOffice) -> None:
    post.content_source = Together(4)
    await post.plan(campaign={"prompt": "Write."})

    outcomes = await asyncio.gather(*(post.deliver(attempt=n) for n in (1, 2, 3, 4)), return_exceptions=True)

    assert len(post.received()) == 1
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            assert isinstance(outcome, ApplicationError)
            assert not outcome.non_retryable
        else:
            assert outcome.status == MessageStatus.SENT
    assert (await post.row())["status"] == "SENT"


async def test_a_late_decision_does_not_overwrite_a_sent_message(post: PostOffice) -> None:
    """The first attempt read a text that fails; while it was thinking, the text was mended and another one sent it."""

    class Slow:
        async def look_up(self, _draft: MessageDraft, _now: datetime) -> ContentLookup:
            async with post.engine.connect() as connection:
                await connection.exec_driver_sql("UPDATE campaigns SET template_body = 'mended'")
                await connection.exec_driver_sql("UPDATE campaign_definitions SET prompt = NULL")
            await post.deliver(attempt=2)
            return ContentUnavailable("nothing to say")

    post.content_source = Slow()
    await post.plan(campaign={"template_body": "{{ nonsense }}", "prompt": "Write."})

    with pytest.raises(ApplicationError, match="another attempt was faster"):
        await post.deliver()

    assert (await post.row())["status"] == "SENT"


async def test_a_claim_is_respected_until_its_lease_expires(post: PostOffice) -> None:
    await post.plan()
    await kill_while_sending(post)

    with pytest.raises(ApplicationError, match="another attempt holds the claim") as caught:
        await post.deliver(attempt=2)

    assert not caught.value.non_retryable
    assert caught.value.next_retry_delay is not None
    assert timedelta(0) < caught.value.next_retry_delay <= timedelta(seconds=16)
    assert len(post.received()) == 1


async def test_marketing_with_an_unknown_outcome_is_not_sent_again(post: PostOffice) -> None:
    await post.plan()
    await kill_while_sending(post)
    await post.expire_lease()

    outcome = await post.deliver(attempt=2)

    assert outcome.status == MessageStatus.UNKNOWN
    assert "may have been sent" in outcome.detail
    row = await post.row()
    assert (row["status"], row["reason"]) == ("UNKNOWN", outcome.detail)
    assert (await post.deliver(attempt=3)).status == MessageStatus.UNKNOWN
    assert len(post.received()) == 1


async def test_a_transactional_message_is_sent_again_with_the_same_bytes(post: PostOffice) -> None:
    await post.plan(campaign={"purpose": "transactional"})
    await kill_while_sending(post)
    await post.expire_lease()
    async with post.engine.connect() as connection:
        await connection.exec_driver_sql("UPDATE campaigns SET subject = 'Changed since'")

    outcome = await post.deliver(attempt=2, now=NOW + timedelta(hours=1))

    assert outcome.status == MessageStatus.SENT
    first, second = post.received()
    assert first.as_bytes() == second.as_bytes()
    assert (await post.row())["sent_at"] == NOW + timedelta(hours=1)


async def test_a_transactional_message_whose_order_was_refunded_meanwhile_stays_unknown(post: PostOffice) -> None:
    await post.plan(campaign={"purpose": "transactional", "exit_on": ["refund"]})
    await kill_while_sending(post)
    await post.expire_lease()

    outcome = await post.deliver(attempt=2, happened=(Exit.REFUND,))

    assert (outcome.status, outcome.detail) == (
        MessageStatus.UNKNOWN,
        "may have been sent; not sent again: ended by refund",
    )
    assert len(post.received()) == 1


async def test_a_paused_campaign_defers_sending_again(post: PostOffice) -> None:
    await post.plan(campaign={"purpose": "transactional"})
    await kill_while_sending(post)
    await post.expire_lease()
    async with post.engine.connect() as connection:
        await connection.exec_driver_sql("UPDATE campaign_definitions SET status = 'paused'")

    outcome = await post.deliver(attempt=2)

    assert outcome.status == "WAITING"
    row = await post.row()
    assert (row["status"], row["due_at"]) == ("CLAIMED", outcome.until)


async def test_with_idempotency_keys_the_message_arrives_once(post: PostOffice) -> None:
    post.email = provider = ProviderWithKeys(loses_first_response=True)
    await post.plan()

    with pytest.raises(ApplicationError, match="the response was lost"):
        await post.deliver()
    assert (await post.row())["status"] == "UNKNOWN"
    outcome = await post.deliver(attempt=2)

    assert outcome.status == MessageStatus.SENT
    assert len(provider.calls) == 2
    assert provider.calls[0] == provider.calls[1]
    assert list(provider.arrived) == [KEY]
    assert (await post.row())["provider_message_id"] == "id-1"


@pytest.mark.parametrize("purpose", ["marketing", "transactional"])
async def test_nothing_is_sent_again_after_the_key_window(post: PostOffice, purpose: str) -> None:
    post.email = provider = ProviderWithKeys(loses_first_response=True)
    await post.plan(campaign={"purpose": purpose})
    with pytest.raises(ApplicationError, match="the response was lost"):
        await post.deliver()
    async with post.engine.connect() as connection:
        await connection.exec_driver_sql("UPDATE rendered_messages SET created_at = created_at - interval '25 hours'")

    outcome = await post.deliver(attempt=2)

    assert outcome.status == MessageStatus.UNKNOWN
    assert "idempotency key" in outcome.detail
    assert len(provider.calls) == 1


async def test_the_owner_of_a_claim_may_turn_unknown_into_sent(post: PostOffice) -> None:
    """A successor gave the message up while its owner was still waiting for the server."""
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(_message: ReceivedMail, keep: Callable[[], Path]) -> str:
        asked.set()
        await answer.wait()
        keep()
        return "250 OK"

    post.mail.behaviour = slow
    await post.plan()
    owner = asyncio.create_task(post.deliver())
    await asked.wait()
    await post.expire_lease()
    assert (await post.deliver(attempt=2)).status == MessageStatus.UNKNOWN

    answer.set()

    assert (await owner).status == MessageStatus.SENT
    assert (await post.row())["status"] == "SENT"


async def test_a_late_write_of_an_earlier_attempt_is_rejected(post: PostOffice) -> None:
    """The first attempt is refused after its lease was over, while the second is under way."""
    asked, answer = asyncio.Event(), asyncio.Event()
    answers = ["451 later", "250 OK"]

    async def slow(_message: ReceivedMail, keep: Callable[[], Path]) -> str:
        mine = answers.pop(0)
        if mine.startswith("451"):
            asked.set()
            await answer.wait()
        else:
            answer.set()
            await asyncio.sleep(0.1)
            keep()
        return mine

    post.mail.behaviour = slow
    await post.plan(campaign={"purpose": "transactional"})
    first = asyncio.create_task(post.deliver())
    await asked.wait()
    await post.expire_lease()

    assert (await post.deliver(attempt=2)).status == MessageStatus.SENT

    with pytest.raises(ApplicationError, match="temporarily rejected"):
        await first
    assert (await post.row())["status"] == "SENT"
