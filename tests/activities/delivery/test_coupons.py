"""Codes that messages give away: reserved when they are composed, and back in the pool when nobody got them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from db.messages.coupons import add_codes
from db.messages.messages import Messages
from lifecycle.campaigns import Exit
from lifecycle.messages import MessageStatus
from localstack.servers.mail_server import Behaviour, Received, accept
from tests.activities.delivery.conftest import KEY, PostOffice

OFFER: dict[str, Any] = {
    "coupon_pool": "welcome",
    "template_body": "<p>{% if coupon %}Yours: {{ coupon.code }}{% else %}Thank you.{% endif %}</p>",
}


class Killed(Exception):
    """The worker was."""


def answering(answer: str, *, keeping: bool = False) -> Behaviour:
    """A server that gives every message the same answer, whether it keeps it or not."""

    async def behaviour(_message: Received, keep: Callable[[], Path]) -> str:
        if keeping:
            keep()
        return answer

    return behaviour


async def offer(post: PostOffice, *codes: str, **campaign: Any) -> None:
    """A message that gives a code away, and a pool with these."""
    await add_codes(post.engine, "welcome", codes, None)
    await post.plant(campaign={**OFFER, **campaign})


async def holders(post: PostOffice) -> dict[str, str | None]:
    """Which message has which code."""
    rows = await post.rows("SELECT code, message_key FROM coupon_codes")
    return {row["code"]: row["message_key"] for row in rows}


def written(post: PostOffice) -> list[str]:
    """The plain texts that arrived."""
    bodies = [message.get_body(("plain",)) for message in post.received()]
    return [body.get_content() for body in bodies if body]


async def test_a_message_gives_a_code_away(post: PostOffice) -> None:
    await offer(post, "ONE", "TWO")
    assert (await post.deliver()).status == MessageStatus.SENT
    assert ["Yours: ONE" in text for text in written(post)] == [True]
    assert await holders(post) == {"ONE": KEY, "TWO": None}


@pytest.mark.parametrize(("fallback", "words"), [("SAVE10", "Yours: SAVE10"), (None, "Thank you.")])
async def test_an_empty_pool_takes_the_fallback(post: PostOffice, fallback: str | None, words: str) -> None:
    await offer(post, coupon_fallback=fallback)
    assert (await post.deliver()).status == MessageStatus.SENT
    assert [words in text for text in written(post)] == [True]


async def test_the_code_of_a_message_that_was_put_off_is_the_same_later(post: PostOffice) -> None:
    await offer(post, "ONE", "TWO")
    post.mail.behaviour = answering("451 4.7.1 later")
    with pytest.raises(ApplicationError):
        await post.deliver()
    assert await holders(post) == {"ONE": KEY, "TWO": None}
    post.mail.behaviour = accept
    await post.deliver(attempt=2)
    assert ["Yours: ONE" in text for text in written(post)] == [True]


async def test_whoever_dies_before_the_claim_leaves_the_code_with_its_message(
    post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: Any, **__: Any) -> bool:
        raise Killed

    await offer(post, "ONE", "TWO")
    with monkeypatch.context() as patch:
        patch.setattr(Messages, "claim", die)
        with pytest.raises(Killed):
            await post.deliver()
    assert await holders(post) == {"ONE": KEY, "TWO": None}
    await post.deliver(attempt=2)
    assert ["Yours: ONE" in text for text in written(post)] == [True]


async def test_a_text_that_fails_after_a_code_was_reserved_gives_it_back(post: PostOffice) -> None:
    await offer(post, "ONE", template_body="<p>{{ coupon.code }} {{ customer.nmae }}</p>")
    assert (await post.deliver()).status == MessageStatus.FAILED
    assert await holders(post) == {"ONE": None}


async def test_a_message_that_is_not_wanted_any_more_gives_its_code_back(post: PostOffice) -> None:
    await offer(post, "ONE", exit_on=["refund"])
    post.mail.behaviour = answering("451 4.7.1 later")
    with pytest.raises(ApplicationError):
        await post.deliver()
    assert (await post.deliver(attempt=2, happened=(Exit.REFUND,))).status == MessageStatus.SKIPPED
    assert await holders(post) == {"ONE": None}


@pytest.mark.parametrize("answer", ["554 5.7.1 no spam", "550 5.1.1 no such mailbox"])
async def test_a_message_that_is_refused_at_once_gives_its_code_back(post: PostOffice, answer: str) -> None:
    await offer(post, "ONE")
    post.mail.behaviour = answering(answer)
    assert (await post.deliver()).status in (MessageStatus.FAILED, MessageStatus.BOUNCED)
    assert await holders(post) == {"ONE": None}


async def test_a_message_that_may_have_arrived_before_it_was_refused_keeps_its_code(post: PostOffice) -> None:
    await offer(post, "ONE", purpose="transactional")
    post.mail.behaviour = answering("999 what", keeping=True)
    with pytest.raises(ApplicationError):
        await post.deliver()
    assert (await post.row())["status"] == MessageStatus.UNKNOWN
    post.mail.behaviour = answering("554 5.7.1 no spam")
    assert (await post.deliver(attempt=2)).status == MessageStatus.FAILED
    assert await holders(post) == {"ONE": KEY}
