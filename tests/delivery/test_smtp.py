"""How far a conversation came decides what its end means."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from activities.delivery import smtp
from activities.delivery.answers import OutcomeUnknown, Rejected, TryLater
from activities.delivery.email_port import OutgoingEmail
from activities.delivery.smtp import SmtpEmail
from starter.stack.mail_server import MailServer
from starter.stack.ports import reserve_port

CONTENT = b"From: hello@shop.example\r\nSubject: hi\r\n\r\n.a line that begins with a dot\r\n"
TIMEOUT = timedelta(seconds=2)
MESSAGE = OutgoingEmail("ab" * 32, "hello@shop.example", "ada@example.com", CONTENT)


class Particular(MailServer):
    """A mail server with an opinion on recipients and senders, and one that may hang up after DATA."""

    sender_answer = "250 OK"
    recipient_answer = "250 OK"
    hangs_up = False

    async def handle_MAIL(  # noqa: N802 - aiosmtpd calls it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.sender_answer

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs_up and server.transport is not None:
            server.transport.close()
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Particular]:
    port = reserve_port("SMTP_PORT", None, 22025)
    async with Particular(port.number, tmp_path / "mail") as particular:
        yield particular
    port.release()


async def send_to(server: MailServer, recipient: str = "ada@example.com") -> None:
    await SmtpEmail(server.url, TIMEOUT).send(replace(MESSAGE, recipient=recipient))


async def test_the_bytes_arrive_as_they_are(server: Particular) -> None:
    await send_to(server)
    assert server.messages()[0].read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("answer", "hard"),
    [
        ("550 no such user here", True),
        ("551 moved", True),
        ("553 what is that", True),
        ("550 5.1.1 no such user", True),
        ("550 5.7.1 we do not like your address", False),
        ("552 5.2.2 the mailbox is full", False),
        ("554 no", False),
    ],
)
async def test_a_refused_recipient(server: Particular, answer: str, hard: bool) -> None:
    server.recipient_answer = answer
    with pytest.raises(Rejected, match="the recipient was refused") as caught:
        await send_to(server)
    assert caught.value.hard_bounce is hard
    assert "@" not in str(caught.value)


async def test_a_refused_sender_is_no_bounce(server: Particular) -> None:
    server.sender_answer = "550 we do not know hello@shop.example"
    with pytest.raises(Rejected, match="the sender was refused") as caught:
        await send_to(server)
    assert not caught.value.hard_bounce
    assert "@" not in str(caught.value)


async def test_a_full_mailbox_today(server: Particular) -> None:
    server.recipient_answer = "452 4.2.2 full"
    with pytest.raises(TryLater, match=r"the recipient was refused for now \(452 4.2.2\)"):
        await send_to(server)


async def test_a_line_that_breaks_after_data(server: Particular) -> None:
    server.hangs_up = True
    with pytest.raises(OutcomeUnknown, match="no answer after DATA"):
        await send_to(server)


async def test_an_international_address(server: Particular) -> None:
    await send_to(server, "jürgen@example.com")
    assert len(server.messages()) == 1


async def test_a_password_is_not_told_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """To a server that is not on this machine, asks for a password, and offers no encryption."""
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            heard.append(line)
            writer.write(b"250-hello\r\n250 AUTH PLAIN LOGIN\r\n" if line.startswith(b"EHLO") else b"250 OK\r\n")
        writer.close()

    monkeypatch.setattr(smtp, "_is_loopback", lambda _host: False)
    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]

    with pytest.raises(TryLater, match="no conversation"):
        await SmtpEmail(f"smtp://ada:secret@127.0.0.1:{port}", TIMEOUT).send(MESSAGE)

    listening.close()
    assert [line.split()[0] for line in heard] == [b"EHLO"]


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example"])
def test_a_wrong_url(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://"):
        SmtpEmail(url, TIMEOUT)


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("a.b", False)]
)
def test_this_machine(host: str, loopback: bool) -> None:
    assert smtp._is_loopback(host) is loopback
