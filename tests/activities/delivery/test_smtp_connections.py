"""Connections are kept between messages, and a bad one neither loses a message nor sends it twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.delivery.answers import OutcomeUnknown, TryLater
from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers import smtp, smtp_connections
from activities.delivery.providers.smtp import SmtpEmail
from localstack.servers.mail_server import Received
from localstack.servers.ports import reserve_port
from tests.activities.delivery.particular_servers import Counting

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


async def test_there_are_never_more_than_so_many(server: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "MOST_CONNECTIONS", 2)
    email = SmtpEmail(server.url, TIMEOUT)
    await asyncio.gather(*(email.send(MESSAGE) for _ in range(12)))
    await email.close()
    assert len(server.messages()) == 12
    assert server.connections == 2


async def test_a_connection_carries_only_so_many(
    server: Counting, email: SmtpEmail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_connections, "MESSAGES_EACH", 2)
    for _ in range(5):
        await email.send(MESSAGE)
    await email.close()
    assert len(server.messages()) == 5
    assert (server.connections, server.farewells) == (3, 3)


async def test_the_end_waits_for_goodbyes_that_are_being_said(
    server: Counting, email: SmtpEmail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_connections, "MESSAGES_EACH", 1)
    await email.send(MESSAGE)
    await email.close()
    assert server.farewells == 1


async def test_an_idle_connection_is_closed(
    server: Counting, email: SmtpEmail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_connections, "IDLE_SECONDS", 0.01)
    await email.send(MESSAGE)
    await server.farewell.wait()
    await email.send(MESSAGE)
    assert server.connections == 2


async def test_goodbye_is_said_at_the_end(server: Counting, email: SmtpEmail) -> None:
    await asyncio.gather(email.send(MESSAGE), email.send(MESSAGE))
    await email.close()
    assert server.farewells == server.connections == 2


@pytest.mark.parametrize("recipient", ["ada@example.com", "jürgen@example.com"])
async def test_a_server_that_starts_anew_between_messages(server: Counting, email: SmtpEmail, recipient: str) -> None:
    """What a connection knew of its server, such as how it takes addresses, is not asked of a dead one."""
    await email.send(MESSAGE)
    await server.stop()
    await server.start()
    await email.send(replace(MESSAGE, recipient=recipient))
    assert len(server.messages()) == server.connections == 2


@pytest.mark.parametrize("answer", ["421 closing down", None])
async def test_a_connection_that_died_in_its_sleep_is_no_failure(
    server: Counting, email: SmtpEmail, answer: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody told us: the server answers that it closes, or nothing at all."""
    monkeypatch.setattr(smtp, "KEPT_SHARE", 0.02)
    await email.send(MESSAGE)
    server.make_stale(answer)
    await email.send(MESSAGE)
    assert len(server.messages()) == server.connections == 2


async def test_a_server_that_hangs_up_while_it_is_told_of_the_next(
    server: Counting, email: SmtpEmail, monkeypatch: pytest.MonkeyPatch
) -> None:
    await email.send(MESSAGE)
    mail = smtp_connections.Connection.mail

    async def cut_first(connection: smtp_connections.Connection, *args: object, **options: object) -> object:
        if connection.carried:
            server.hang_up()
        return await mail(connection, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(smtp_connections.Connection, "mail", cut_first)
    await email.send(MESSAGE)
    assert len(server.messages()) == server.connections == 2


async def test_a_server_that_is_closing_down_for_all(server: Counting, email: SmtpEmail) -> None:
    """The second connection hears the same, and then it is a failure: there is no third."""
    await email.send(MESSAGE)
    server.sender_answer = "421 closing down"
    with pytest.raises(TryLater, match=r"the sender was refused for now \(421\)"):
        await email.send(MESSAGE)
    assert server.connections == 2
    assert len(server.messages()) == 1


async def test_what_breaks_after_data_on_a_kept_connection_is_not_repeated(server: Counting, email: SmtpEmail) -> None:
    await email.send(MESSAGE)

    async def keep_and_hang_up(_message: Received, keep: Callable[[], Path]) -> str:
        keep()
        server.hang_up()
        return "250 OK"

    server.behaviour = keep_and_hang_up
    with pytest.raises(OutcomeUnknown, match="no answer after DATA"):
        await email.send(MESSAGE)
    assert len(server.messages()) == 2
    assert server.connections == 1


async def test_after_a_refusal_the_conversation_begins_anew(
    server: Counting, email: SmtpEmail, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[smtp_connections.Connection] = []

    class Noted(smtp_connections.Connection):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            opened.append(self)

    monkeypatch.setattr(smtp, "Connection", Noted)

    async def later(_message: Received, _keep: Callable[[], Path]) -> str:
        return "451 4.3.0 later"

    usual, server.behaviour = server.behaviour, later
    with pytest.raises(TryLater, match=r"the message was refused for now \(451 4.3.0\)"):
        await email.send(MESSAGE)
    assert [connection.is_connected for connection in opened] == [False]
    server.behaviour = usual
    await email.send(MESSAGE)
    assert len(server.messages()) == 1
    assert server.connections == 2


async def test_no_place_in_time_is_later(server: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "MOST_CONNECTIONS", 1)
    email = SmtpEmail(server.url, timedelta(seconds=0.3))
    server.behaviour = _never
    ended = await asyncio.gather(email.send(MESSAGE), email.send(MESSAGE), return_exceptions=True)
    await email.close()
    assert [type(error) for error in ended] == [OutcomeUnknown, TryLater]


async def _never(_message: Received, _keep: Callable[[], Path]) -> str:
    await asyncio.sleep(3600)
    return "250 OK"
