"""Connections are kept between messages, and a bad one neither loses a message nor sends it twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtplib import SMTPResponse

from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.smtp import SmtpEmail
from activities.delivery.providers.smtp_connections import IdleConnections, SmtpConnection
from activities.delivery.submission_result import OutcomeUnknown, TemporaryFailure
from localstack.servers.mail_server import ReceivedMail
from localstack.servers.ports import reserve_port
from tests.activities.delivery.providers.particular_servers import Counting

CONTENT = b"From: hello@shop.example\r\nSubject: hi\r\n\r\nhello\r\n"
MESSAGE = OutgoingEmail("ab" * 32, "hello@shop.example", "ada@example.com", CONTENT)
TIMEOUT = timedelta(seconds=5)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Counting]:
    port = reserve_port("SMTP_PORT", None, 22025)
    async with Counting(port.number, tmp_path / "mail") as counting:
        yield counting
    port.release()


@pytest.fixture
async def email(server: Counting) -> AsyncIterator[SmtpEmail]:
    port = SmtpEmail(server.url, TIMEOUT)
    yield port
    await port.close()


async def test_messages_share_a_connection(server: Counting, email: SmtpEmail) -> None:
    for number in range(5):
        await email.send(replace(MESSAGE, content=CONTENT + str(number).encode() + b"\r\n"))

    assert [path.read_bytes()[-3:-2] for path in server.messages()] == [b"0", b"1", b"2", b"3", b"4"]
    assert server.connections == 1


async def test_the_number_of_connections_is_limited(server: Counting) -> None:
    email = SmtpEmail(server.url, TIMEOUT, max_connections=2)
    await asyncio.gather(*(email.send(MESSAGE) for _ in range(12)))
    await email.close()
    assert len(server.messages()) == 12
    assert server.connections == 2


async def test_the_number_of_messages_on_a_connection_is_limited(server: Counting) -> None:
    email = SmtpEmail(server.url, TIMEOUT, idle=IdleConnections(max_messages=2))
    for _ in range(5):
        await email.send(MESSAGE)
    await email.close()
    assert len(server.messages()) == 5
    assert (server.connections, server.farewells) == (3, 3)


async def test_close_waits_for_connections_that_are_quitting(server: Counting) -> None:
    email = SmtpEmail(server.url, TIMEOUT, idle=IdleConnections(max_messages=1))
    await email.send(MESSAGE)
    await email.close()
    assert server.farewells == 1


async def test_an_idle_connection_is_closed(server: Counting) -> None:
    email = SmtpEmail(server.url, TIMEOUT, idle=IdleConnections(seconds=0.01))
    await email.send(MESSAGE)
    await server.farewell.wait()
    await email.send(MESSAGE)
    assert server.connections == 2
    await email.close()


async def test_close_sends_quit(server: Counting, email: SmtpEmail) -> None:
    await asyncio.gather(email.send(MESSAGE), email.send(MESSAGE))
    await email.close()
    assert server.farewells == server.connections == 2


@pytest.mark.parametrize("recipient", ["ada@example.com", "jürgen@example.com"])
async def test_a_server_that_restarts_between_messages(server: Counting, email: SmtpEmail, recipient: str) -> None:
    """The extensions of the new session count, not those of the dead one."""
    await email.send(MESSAGE)
    await server.stop()
    await server.start()
    await email.send(replace(MESSAGE, recipient=recipient))
    assert len(server.messages()) == server.connections == 2


@pytest.mark.parametrize("answer", ["421 closing down", None])
async def test_a_connection_that_died_while_idle_is_no_failure(server: Counting, answer: str | None) -> None:
    """The server answers that it closes, or does not answer at all."""
    email = SmtpEmail(server.url, TIMEOUT, idle_share=0.02)
    await email.send(MESSAGE)
    server.make_stale(answer)
    await email.send(MESSAGE)
    await email.close()
    assert len(server.messages()) == server.connections == 2


async def test_a_server_that_hangs_up_before_the_next_message(server: Counting) -> None:
    class CutWhenReused(SmtpConnection):
        async def mail(self, *args: Any, **options: Any) -> SMTPResponse:
            if self.carried:
                server.hang_up()
            return await super().mail(*args, **options)

    email = SmtpEmail(server.url, TIMEOUT, connection_type=CutWhenReused)
    await email.send(MESSAGE)
    await email.send(MESSAGE)
    await email.close()
    assert len(server.messages()) == server.connections == 2


async def test_a_server_that_closes_every_session(server: Counting, email: SmtpEmail) -> None:
    """The second connection gets the same reply, and then the send fails: there is no third."""
    await email.send(MESSAGE)
    server.sender_answer = "421 closing down"
    with pytest.raises(TemporaryFailure, match=r"the sender was temporarily rejected \(421\)"):
        await email.send(MESSAGE)
    assert server.connections == 2
    assert len(server.messages()) == 1


async def test_a_failure_after_data_on_an_idle_connection_is_not_retried(server: Counting, email: SmtpEmail) -> None:
    await email.send(MESSAGE)

    async def keep_and_hang_up(_message: ReceivedMail, keep: Callable[[], Path]) -> str:
        keep()
        server.hang_up()
        return "250 OK"

    server.behaviour = keep_and_hang_up
    with pytest.raises(OutcomeUnknown, match="no response after DATA"):
        await email.send(MESSAGE)
    assert len(server.messages()) == 2
    assert server.connections == 1


async def test_after_a_rejection_a_new_connection_is_used(server: Counting) -> None:
    opened: list[SmtpConnection] = []

    class Noted(SmtpConnection):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            opened.append(self)

    email = SmtpEmail(server.url, TIMEOUT, connection_type=Noted)

    async def later(_message: ReceivedMail, _keep: Callable[[], Path]) -> str:
        return "451 4.3.0 later"

    usual, server.behaviour = server.behaviour, later
    with pytest.raises(TemporaryFailure, match=r"the message was temporarily rejected \(451 4.3.0\)"):
        await email.send(MESSAGE)
    assert [connection.is_connected for connection in opened] == [False]
    server.behaviour = usual
    await email.send(MESSAGE)
    await email.close()
    assert len(server.messages()) == 1
    assert server.connections == 2


async def test_without_a_free_slot_the_failure_is_temporary(server: Counting) -> None:
    email = SmtpEmail(server.url, timedelta(seconds=0.3), max_connections=1)
    server.behaviour = _never
    ended = await asyncio.gather(email.send(MESSAGE), email.send(MESSAGE), return_exceptions=True)
    await email.close()
    assert [type(error) for error in ended] == [OutcomeUnknown, TemporaryFailure]


async def _never(_message: ReceivedMail, _keep: Callable[[], Path]) -> str:
    await asyncio.sleep(3600)
    return "250 OK"
