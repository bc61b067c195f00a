"""A mail server that fails in every way there is, as the customer's workflow lives through it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from localstack.servers.mail_server import ACCEPTED, MailServer, ReceivedMail, accept
from tests.faults.campaigns import OFFER, RECEIPT
from tests.faults.mailbox import mailbox, subjects
from tests.fixtures.shop import ADA, Shop, eventually

Keep = Callable[[], Path]


async def test_later_means_later(open_shop: Shop) -> None:
    asked = _fail(open_shop.mail, "451 4.7.1 busy", times=3)
    await _order(open_shop)
    await _until(open_shop, {"receipt": "SENT", "offer": "SENT"})
    assert len(asked) == 5
    assert subjects(open_shop.mail, ADA) == {"Receipt 1": 1, "Offer 1": 1}


async def test_a_mailbox_that_does_not_exist_is_not_written_to_again(open_shop: Shop) -> None:
    _fail(open_shop.mail, "550 5.1.1 no such user", times=2)
    await _order(open_shop)
    # Both go out at once, and whichever bounces first may be in time to keep the other from being sent.
    first = await eventually(
        lambda: _statuses(open_shop), lambda found: {"BOUNCED"} <= {*found.values()} <= {"BOUNCED", "SKIPPED"}
    )
    skipped = 2 + list(first.values()).count("SKIPPED")
    await open_shop.order("2")
    messages = await eventually(
        open_shop.messages, lambda rows: [row["status"] for row in rows].count("SKIPPED") == skipped
    )
    assert {row["reason"] for row in messages if row["status"] == "SKIPPED"} == {"suppressed: hard_bounce"}
    assert open_shop.mail.messages() == []


async def test_a_refusal_for_good_is_not_tried_again(open_shop: Shop) -> None:
    asked = _fail(open_shop.mail, "554 5.7.1 we do not like it", times=2)
    await _order(open_shop)
    await _until(open_shop, {"receipt": "FAILED", "offer": "FAILED"})
    assert len(asked) == 2
    assert await open_shop.rows("SELECT * FROM suppressions") == []


async def test_silence_after_the_message_was_handed_over(open_shop: Shop) -> None:
    """Marketing is never repeated; what the customer is owed is, under the same Message-ID."""
    silent = asyncio.Event()

    async def keep_and_say_nothing(message: ReceivedMail, keep: Keep) -> str:
        keep()
        await silent.wait()
        return ACCEPTED

    open_shop.mail.behaviour = keep_and_say_nothing
    await _order(open_shop)
    await eventually(lambda: _statuses(open_shop), lambda found: found["offer"] == "UNKNOWN")
    open_shop.mail.behaviour = accept
    await _until(open_shop, {"receipt": "SENT", "offer": "UNKNOWN"})
    silent.set()
    assert subjects(open_shop.mail, ADA)["Offer 1"] == 1
    (letter,) = [letter for letter in mailbox(open_shop.mail, ADA) if letter[0] == "Receipt 1"]
    assert mailbox(open_shop.mail, ADA)[letter] >= 2


async def test_a_server_that_is_away_for_a_while(open_shop: Shop) -> None:
    await open_shop.mail.stop()
    await _order(open_shop)
    await open_shop.until_state("CUSTOMER")
    await asyncio.sleep(2)
    await open_shop.mail.start()
    await _until(open_shop, {"receipt": "SENT", "offer": "SENT"})
    assert subjects(open_shop.mail, ADA) == {"Receipt 1": 1, "Offer 1": 1}


def _fail(mail: MailServer, answer: str, times: int) -> list[ReceivedMail]:
    """Answer so often like this, and then as usual. Gives the messages as they come."""
    asked: list[ReceivedMail] = []

    async def behave(message: ReceivedMail, keep: Keep) -> str:
        asked.append(message)
        return answer if len(asked) <= times else await accept(message, keep)

    mail.behaviour = behave
    return asked


async def _order(shop: Shop) -> None:
    await shop.apply([RECEIPT, OFFER])
    await shop.order("1")


async def _statuses(shop: Shop) -> dict[str, str]:
    return {row["slug"]: row["status"] for row in await shop.messages()} or {"receipt": "", "offer": ""}


async def _until(shop: Shop, wanted: dict[str, str]) -> None:
    await eventually(lambda: _statuses(shop), lambda found: found == wanted, patience=90)
