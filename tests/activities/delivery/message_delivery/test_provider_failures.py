"""Rejections, temporary failures and missing responses of the mail server."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError

from activities.delivery.providers.smtp import SmtpEmail
from lifecycle.messages import MessageStatus
from localstack.servers.mail_server import MailBehaviour, ReceivedMail, accept
from localstack.servers.ports import HOST, reserve_port
from tests.activities.delivery.conftest import NOW, PostOffice


def answering(answer: str) -> MailBehaviour:
    """A server that gives every message the same answer and keeps none."""

    async def behaviour(_message: ReceivedMail, _keep: Callable[[], Path]) -> str:
        return answer

    return behaviour


async def silence(_message: ReceivedMail, _keep: Callable[[], Path]) -> str:
    """A server that takes the message and never answers."""
    await asyncio.Event().wait()
    return ""


async def test_a_temporary_rejection_is_retried(post: PostOffice) -> None:
    post.mail.behaviour = answering("451 4.7.1 ada@example.com is greylisted")
    await post.plan()

    with pytest.raises(ApplicationError) as caught:
        await post.deliver()

    assert str(caught.value) == "TemporaryFailure: the message was temporarily rejected (451 4.7.1)"
    assert not caught.value.non_retryable
    row = await post.row()
    assert (row["status"], row["sent_at"]) == ("PLANNED", None)
    post.mail.behaviour = accept
    assert (await post.deliver(attempt=2)).status == MessageStatus.SENT
    assert len(post.received()) == 1


async def test_a_permanent_rejection_fails_the_message(post: PostOffice) -> None:
    post.mail.behaviour = answering("554 5.7.1 ada@example.com wants no spam")
    await post.plan()

    outcome = await post.deliver()

    assert (outcome.status, outcome.detail) == (MessageStatus.FAILED, "the message was rejected (554 5.7.1)")
    assert (await post.row())["status"] == "FAILED"
    assert await post.rows("SELECT * FROM suppressions") == []


async def test_a_hard_bounce_suppresses_the_address(post: PostOffice) -> None:
    post.mail.behaviour = answering("550 5.1.1 no such user")
    await post.plan()

    outcome = await post.deliver()

    assert outcome.status == MessageStatus.BOUNCED
    assert (await post.row())["status"] == "BOUNCED"
    [suppression] = await post.rows("SELECT * FROM suppressions")
    assert (suppression["channel"], suppression["reason"], suppression["created_at"]) == ("EMAIL", "hard_bounce", NOW)


async def test_marketing_without_a_response_after_data_stays_unknown(post: PostOffice) -> None:
    post.mail.behaviour = silence
    await post.plan()

    outcome = await post.deliver()

    assert outcome.status == MessageStatus.UNKNOWN
    assert "after DATA" in outcome.detail
    row = await post.row()
    assert (row["status"], row["lease_until"]) == ("UNKNOWN", None)
    post.mail.behaviour = accept
    assert (await post.deliver(attempt=2)).status == MessageStatus.UNKNOWN
    assert post.received() == []


async def test_a_transactional_message_without_a_response_after_data_is_sent_again(post: PostOffice) -> None:
    post.mail.behaviour = silence
    await post.plan(campaign={"purpose": "transactional"})

    with pytest.raises(ApplicationError, match="after DATA"):
        await post.deliver()
    assert (await post.row())["status"] == "UNKNOWN"

    post.mail.behaviour = answering("451 busy")
    with pytest.raises(ApplicationError, match="temporarily rejected"):
        await post.deliver(attempt=2)
    assert (await post.row())["status"] == "UNKNOWN", "the first attempt may have arrived all the same"

    post.mail.behaviour = accept
    assert (await post.deliver(attempt=3)).status == MessageStatus.SENT
    assert len(post.received()) == 1


async def test_the_hard_timeout_applies_if_the_port_has_none(post: PostOffice) -> None:
    post.email = SmtpEmail(post.mail.url, timedelta(minutes=5))
    post.mail.behaviour = silence
    await post.plan()

    outcome = await post.deliver()

    assert (outcome.status, outcome.detail) == (MessageStatus.UNKNOWN, "no response within 1 seconds")


async def test_a_server_that_is_down_is_a_temporary_failure(post: PostOffice) -> None:
    port = reserve_port("SMTP_PORT", None, 22025)
    post.email = SmtpEmail(f"smtp://{HOST}:{port.number}", timedelta(seconds=1))
    await post.plan()

    with pytest.raises(ApplicationError, match="no session with the mail server"):
        await post.deliver()

    port.release()
    assert (await post.row())["status"] == "PLANNED"
