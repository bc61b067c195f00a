"""What the mail server says when it does not say yes."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError

from activities.delivery.providers.smtp import SmtpEmail
from lifecycle.messages import MessageStatus
from localstack.servers.mail_server import Behaviour, Received, accept
from localstack.servers.ports import HOST, reserve_port
from tests.activities.delivery.conftest import NOW, PostOffice


def answering(answer: str) -> Behaviour:
    """A server that gives every message the same answer and keeps none."""

    async def behaviour(_message: Received, _keep: Callable[[], Path]) -> str:
        return answer

    return behaviour


async def silence(_message: Received, _keep: Callable[[], Path]) -> str:
    """A server that takes the message and never answers."""
    await asyncio.Event().wait()
    return ""


async def test_later_is_later(post: PostOffice) -> None:
    post.mail.behaviour = answering("451 4.7.1 ada@example.com is greylisted")
    await post.plant()

    with pytest.raises(ApplicationError) as caught:
        await post.deliver()

    assert str(caught.value) == "TryLater: the message was refused for now (451 4.7.1)"
    assert not caught.value.non_retryable
    row = await post.row()
    assert (row["status"], row["sent_at"]) == ("PLANNED", None)
    post.mail.behaviour = accept
    assert (await post.deliver(attempt=2)).status == MessageStatus.SENT
    assert len(post.received()) == 1


async def test_never_is_never(post: PostOffice) -> None:
    post.mail.behaviour = answering("554 5.7.1 ada@example.com wants no spam")
    await post.plant()

    outcome = await post.deliver()

    assert (outcome.status, outcome.detail) == (MessageStatus.FAILED, "the message was refused (554 5.7.1)")
    assert (await post.row())["status"] == "FAILED"
    assert await post.rows("SELECT * FROM suppressions") == []


async def test_an_address_that_does_not_exist_is_suppressed(post: PostOffice) -> None:
    post.mail.behaviour = answering("550 5.1.1 no such user")
    await post.plant()

    outcome = await post.deliver()

    assert outcome.status == MessageStatus.BOUNCED
    assert (await post.row())["status"] == "BOUNCED"
    [suppression] = await post.rows("SELECT * FROM suppressions")
    assert (suppression["channel"], suppression["reason"], suppression["created_at"]) == ("EMAIL", "hard_bounce", NOW)


async def test_silence_after_data_leaves_marketing_unknown(post: PostOffice) -> None:
    post.mail.behaviour = silence
    await post.plant()

    outcome = await post.deliver()

    assert outcome.status == MessageStatus.UNKNOWN
    assert "after DATA" in outcome.detail
    row = await post.row()
    assert (row["status"], row["lease_until"]) == ("UNKNOWN", None)
    post.mail.behaviour = accept
    assert (await post.deliver(attempt=2)).status == MessageStatus.UNKNOWN
    assert post.received() == []


async def test_silence_after_data_has_a_confirmation_sent_again(post: PostOffice) -> None:
    post.mail.behaviour = silence
    await post.plant(campaign={"purpose": "transactional"})

    with pytest.raises(ApplicationError, match="after DATA"):
        await post.deliver()
    assert (await post.row())["status"] == "UNKNOWN"

    post.mail.behaviour = answering("451 busy")
    with pytest.raises(ApplicationError, match="refused for now"):
        await post.deliver(attempt=2)
    assert (await post.row())["status"] == "UNKNOWN", "the first attempt may have arrived all the same"

    post.mail.behaviour = accept
    assert (await post.deliver(attempt=3)).status == MessageStatus.SENT
    assert len(post.received()) == 1


async def test_the_hard_limit_holds_where_the_port_forgets_its_own(post: PostOffice) -> None:
    post.email = SmtpEmail(post.mail.url, timedelta(minutes=5))
    post.mail.behaviour = silence
    await post.plant()

    outcome = await post.deliver()

    assert (outcome.status, outcome.detail) == (MessageStatus.UNKNOWN, "no answer within 1 seconds")


async def test_a_server_that_is_down_costs_nothing(post: PostOffice) -> None:
    port = reserve_port("SMTP_PORT", None, 22025)
    post.email = SmtpEmail(f"smtp://{HOST}:{port.number}", timedelta(seconds=1))
    await post.plant()

    with pytest.raises(ApplicationError, match="no conversation with the mail server"):
        await post.deliver()

    port.release()
    assert (await post.row())["status"] == "PLANNED"
