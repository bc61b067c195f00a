"""Claims: one sender at a time, and what becomes of a message whose sender died."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError

from activities.content.letter import Letter
from activities.content.written import LookedUp, Unusable
from activities.delivery.answers import Accepted, OutcomeUnknown
from activities.delivery.email_port import OutgoingEmail
from lifecycle.campaigns import Exit
from lifecycle.messages import MessageStatus
from localstack.servers.mail_server import Received, accept
from tests.activities.delivery.conftest import KEY, NOW, PostOffice


class Keyed:
    """A provider that honours idempotency keys; its first answer may get lost."""

    def __init__(self, window: timedelta = timedelta(hours=24), *, loses_first_answer: bool = False) -> None:
        self.key_window: timedelta | None = window
        self.arrived: dict[str, bytes] = {}
        self.calls: list[bytes] = []
        self._loses = loses_first_answer

    async def send(self, message: OutgoingEmail) -> Accepted:
        self.calls.append(message.content)
        self.arrived.setdefault(message.message_key, message.content)
        if self._loses and len(self.calls) == 1:
            raise OutcomeUnknown("the answer was lost")
        return Accepted("keyed", "id-1")

    async def close(self) -> None:
        pass


async def die_while_sending(post: PostOffice) -> None:
    """The server has the message, and the worker is killed before it hears so."""
    taken = asyncio.Event()

    async def take_and_say_nothing(_message: Received, keep: Callable[[], Path]) -> str:
        keep()
        taken.set()
        await asyncio.Event().wait()
        return ""

    post.mail.behaviour = take_and_say_nothing
    sending = asyncio.create_task(post.deliver())
    await taken.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    post.mail.behaviour = accept
    assert (await post.row())["status"] == "CLAIMED"


class Together:
    """A writer with nothing to say, that keeps everybody waiting until all have asked."""

    def __init__(self, parties: int) -> None:
        self._barrier = asyncio.Barrier(parties)

    async def look_up(self, _letter: Letter, _now: datetime) -> LookedUp:
        await self._barrier.wait()
        return Unusable("nothing to say")


async def test_several_at_once_send_once(post: PostOffice) -> None:
    post.written = Together(4)
    await post.plant(campaign={"prompt": "Write."})

    outcomes = await asyncio.gather(*(post.deliver(attempt=n) for n in (1, 2, 3, 4)), return_exceptions=True)

    assert len(post.received()) == 1
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            assert isinstance(outcome, ApplicationError)
            assert not outcome.non_retryable
        else:
            assert outcome.status == MessageStatus.SENT
    assert (await post.row())["status"] == "SENT"


async def test_a_verdict_that_comes_late_does_not_overturn_a_send(post: PostOffice) -> None:
    """The first attempt read a text that fails; while it was thinking, the text was mended and another one sent it."""

    class Slow:
        async def look_up(self, _letter: Letter, _now: datetime) -> LookedUp:
            async with post.engine.connect() as connection:
                await connection.exec_driver_sql("UPDATE campaigns SET template_body = 'mended', prompt = NULL")
            await post.deliver(attempt=2)
            return Unusable("nothing to say")

    post.written = Slow()
    await post.plant(campaign={"template_body": "{{ nonsense }}", "prompt": "Write."})

    with pytest.raises(ApplicationError, match="another attempt was faster"):
        await post.deliver()

    assert (await post.row())["status"] == "SENT"


async def test_a_lease_that_runs_is_respected(post: PostOffice) -> None:
    await post.plant()
    await die_while_sending(post)

    with pytest.raises(ApplicationError, match="another attempt holds the message") as caught:
        await post.deliver(attempt=2)

    assert not caught.value.non_retryable
    assert caught.value.next_retry_delay is not None
    assert timedelta(0) < caught.value.next_retry_delay <= timedelta(seconds=16)
    assert len(post.received()) == 1


async def test_marketing_is_not_repeated_blindly(post: PostOffice) -> None:
    await post.plant()
    await die_while_sending(post)
    await post.let_the_lease_run_out()

    outcome = await post.deliver(attempt=2)

    assert outcome.status == MessageStatus.UNKNOWN
    assert "may have been sent" in outcome.detail
    row = await post.row()
    assert (row["status"], row["reason"]) == ("UNKNOWN", outcome.detail)
    assert (await post.deliver(attempt=3)).status == MessageStatus.UNKNOWN
    assert len(post.received()) == 1


async def test_a_confirmation_is_repeated_with_the_same_bytes(post: PostOffice) -> None:
    await post.plant(campaign={"purpose": "transactional"})
    await die_while_sending(post)
    await post.let_the_lease_run_out()
    async with post.engine.connect() as connection:
        await connection.exec_driver_sql("UPDATE campaigns SET subject = 'Changed since'")

    outcome = await post.deliver(attempt=2, now=NOW + timedelta(hours=1))

    assert outcome.status == MessageStatus.SENT
    first, second = post.received()
    assert first.as_bytes() == second.as_bytes()
    assert (await post.row())["sent_at"] == NOW + timedelta(hours=1)


async def test_a_confirmation_whose_order_was_undone_meanwhile_stays_unknown(post: PostOffice) -> None:
    await post.plant(campaign={"purpose": "transactional", "exit_on": ["refund"]})
    await die_while_sending(post)
    await post.let_the_lease_run_out()

    outcome = await post.deliver(attempt=2, happened=(Exit.REFUND,))

    assert (outcome.status, outcome.detail) == (
        MessageStatus.UNKNOWN,
        "may have been sent; not repeated: ended by refund",
    )
    assert len(post.received()) == 1


async def test_a_paused_campaign_puts_off_the_repetition_too(post: PostOffice) -> None:
    await post.plant(campaign={"purpose": "transactional"})
    await die_while_sending(post)
    await post.let_the_lease_run_out()
    async with post.engine.connect() as connection:
        await connection.exec_driver_sql("UPDATE campaigns SET status = 'paused'")

    outcome = await post.deliver(attempt=2)

    assert outcome.status == "WAITING"
    row = await post.row()
    assert (row["status"], row["due_at"]) == ("CLAIMED", outcome.until)


async def test_with_keys_the_same_bytes_arrive_once(post: PostOffice) -> None:
    post.email = provider = Keyed(loses_first_answer=True)
    await post.plant()

    with pytest.raises(ApplicationError, match="the answer was lost"):
        await post.deliver()
    assert (await post.row())["status"] == "UNKNOWN"
    outcome = await post.deliver(attempt=2)

    assert outcome.status == MessageStatus.SENT
    assert len(provider.calls) == 2
    assert provider.calls[0] == provider.calls[1]
    assert list(provider.arrived) == [KEY]
    assert (await post.row())["provider_message_id"] == "id-1"


@pytest.mark.parametrize("purpose", ["marketing", "transactional"])
async def test_nothing_is_repeated_past_the_window_of_keys(post: PostOffice, purpose: str) -> None:
    post.email = provider = Keyed(loses_first_answer=True)
    await post.plant(campaign={"purpose": purpose})
    with pytest.raises(ApplicationError, match="the answer was lost"):
        await post.deliver()
    async with post.engine.connect() as connection:
        await connection.exec_driver_sql("UPDATE rendered_messages SET created_at = created_at - interval '25 hours'")

    outcome = await post.deliver(attempt=2)

    assert outcome.status == MessageStatus.UNKNOWN
    assert "idempotency key" in outcome.detail
    assert len(provider.calls) == 1


async def test_the_owner_may_turn_unknown_into_sent(post: PostOffice) -> None:
    """A successor gave the message up while its owner was still waiting for the server."""
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(_message: Received, keep: Callable[[], Path]) -> str:
        asked.set()
        await answer.wait()
        keep()
        return "250 OK"

    post.mail.behaviour = slow
    await post.plant()
    owner = asyncio.create_task(post.deliver())
    await asked.wait()
    await post.let_the_lease_run_out()
    assert (await post.deliver(attempt=2)).status == MessageStatus.UNKNOWN

    answer.set()

    assert (await owner).status == MessageStatus.SENT
    assert (await post.row())["status"] == "SENT"


async def test_a_late_word_of_an_earlier_attempt_does_not_speak_for_the_next(post: PostOffice) -> None:
    """The first attempt is refused after its lease was over, while the second is under way."""
    asked, answer = asyncio.Event(), asyncio.Event()
    answers = ["451 later", "250 OK"]

    async def slow(_message: Received, keep: Callable[[], Path]) -> str:
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
    await post.plant(campaign={"purpose": "transactional"})
    first = asyncio.create_task(post.deliver())
    await asked.wait()
    await post.let_the_lease_run_out()

    assert (await post.deliver(attempt=2)).status == MessageStatus.SENT

    with pytest.raises(ApplicationError, match="refused for now"):
        await first
    assert (await post.row())["status"] == "SENT"
