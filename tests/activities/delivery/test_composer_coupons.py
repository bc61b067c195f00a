"""Coupon codes: reserved when a message is composed, and released when the customer did not get them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from db.messages.claims import MessageClaims
from db.messages.coupons import add_codes
from lifecycle.campaigns import Exit
from lifecycle.messages import MessageStatus
from localstack.servers.mail_server import MailBehaviour, ReceivedMail, accept
from tests.activities.delivery.conftest import KEY, PostOffice

OFFER: dict[str, Any] = {
    "coupon_pool": "welcome",
    "template_body": "<p>{% if coupon %}Yours: {{ coupon.code }}{% else %}Thank you.{% endif %}</p>",
}


class Killed(Exception):
    """The worker was."""


def answering(answer: str, *, keeping: bool = False) -> MailBehaviour:
    """A server that gives every message the same answer, whether it keeps it or not."""

    async def behaviour(_message: ReceivedMail, keep: Callable[[], Path]) -> str:
        if keeping:
            keep()
        return answer

    return behaviour


async def offer(post: PostOffice, *codes: str, **campaign: Any) -> None:
    """A message that gives a code away, and a pool with these."""
    await add_codes(post.engine, "welcome", codes, None)
    await post.plan(campaign={**OFFER, **campaign})


async def holders(post: PostOffice) -> dict[str, str | None]:
    """Which message has which code."""
    rows = await post.rows("SELECT code, message_key FROM coupon_codes")
    return {row["code"]: row["message_key"] for row in rows}


def written(post: PostOffice) -> list[str]:
    """The plain texts that arrived."""
    bodies = [message.get_body(("plain",)) for message in post.received()]
    return [body.get_content() for body in bodies if body]


async def test_a_message_gets_a_code(post: PostOffice) -> None:
    await offer(post, "ONE", "TWO")
    assert (await post.deliver()).status == MessageStatus.SENT
    assert ["Yours: ONE" in text for text in written(post)] == [True]
    assert await holders(post) == {"ONE": KEY, "TWO": None}


@pytest.mark.parametrize(("fallback", "words"), [("SAVE10", "Yours: SAVE10"), (None, "Thank you.")])
async def test_an_empty_pool_uses_the_fallback_code(post: PostOffice, fallback: str | None, words: str) -> None:
    await offer(post, coupon_fallback=fallback)
    assert (await post.deliver()).status == MessageStatus.SENT
    assert [words in text for text in written(post)] == [True]


async def test_a_retried_message_keeps_its_code(post: PostOffice) -> None:
    await offer(post, "ONE", "TWO")
    post.mail.behaviour = answering("451 4.7.1 later")
    with pytest.raises(ApplicationError):
        await post.deliver()
    assert await holders(post) == {"ONE": KEY, "TWO": None}
    post.mail.behaviour = accept
    await post.deliver(attempt=2)
    assert ["Yours: ONE" in text for text in written(post)] == [True]


class KilledBeforeClaim(MessageClaims):
    """Fails instead of claiming a message."""

    async def claim(self, *_: Any, **__: Any) -> bool:
        raise Killed


async def test_a_worker_killed_before_the_claim_leaves_the_code_with_its_message(post: PostOffice) -> None:
    await offer(post, "ONE", "TWO")
    post.messages = KilledBeforeClaim
    with pytest.raises(Killed):
        await post.deliver()
    post.messages = MessageClaims
    assert await holders(post) == {"ONE": KEY, "TWO": None}
    await post.deliver(attempt=2)
    assert ["Yours: ONE" in text for text in written(post)] == [True]


async def test_a_template_error_releases_the_reserved_code(post: PostOffice) -> None:
    await offer(post, "ONE", template_body="<p>{{ coupon.code }} {{ customer.nmae }}</p>")
    assert (await post.deliver()).status == MessageStatus.FAILED
    assert await holders(post) == {"ONE": None}


async def test_a_skipped_message_releases_its_code(post: PostOffice) -> None:
    await offer(post, "ONE", exit_on=["refund"])
    post.mail.behaviour = answering("451 4.7.1 later")
    with pytest.raises(ApplicationError):
        await post.deliver()
    assert (await post.deliver(attempt=2, happened=(Exit.REFUND,))).status == MessageStatus.SKIPPED
    assert await holders(post) == {"ONE": None}


@pytest.mark.parametrize("answer", ["554 5.7.1 no spam", "550 5.1.1 no such mailbox"])
async def test_a_rejected_message_releases_its_code(post: PostOffice, answer: str) -> None:
    await offer(post, "ONE")
    post.mail.behaviour = answering(answer)
    assert (await post.deliver()).status in (MessageStatus.FAILED, MessageStatus.BOUNCED)
    assert await holders(post) == {"ONE": None}


async def test_a_rejected_message_that_may_have_arrived_earlier_keeps_its_code(post: PostOffice) -> None:
    await offer(post, "ONE", purpose="transactional")
    post.mail.behaviour = answering("999 what", keeping=True)
    with pytest.raises(ApplicationError):
        await post.deliver()
    assert (await post.row())["status"] == MessageStatus.UNKNOWN
    post.mail.behaviour = answering("554 5.7.1 no spam")
    assert (await post.deliver(attempt=2)).status == MessageStatus.FAILED
    assert await holders(post) == {"ONE": KEY}
