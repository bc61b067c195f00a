"""SMTP: how far a session came decides what its error means."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.smtp import SmtpEmail
from activities.delivery.submission_result import OutcomeUnknown, SendRejected, TemporaryFailure
from localstack.servers.mail_server import MailServer
from localstack.servers.ports import reserve_port

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
    email = SmtpEmail(server.url, TIMEOUT)
    await email.send(replace(MESSAGE, recipient=recipient))
    await email.close()


async def test_the_bytes_arrive_unchanged(server: Particular) -> None:
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
async def test_a_rejected_recipient_may_be_a_hard_bounce(server: Particular, answer: str, hard: bool) -> None:
    server.recipient_answer = answer
    with pytest.raises(SendRejected, match="the recipient was rejected") as caught:
        await send_to(server)
    assert caught.value.hard_bounce is hard
    assert "@" not in str(caught.value)


async def test_a_rejected_sender_is_no_bounce(server: Particular) -> None:
    server.sender_answer = "550 we do not know hello@shop.example"
    with pytest.raises(SendRejected, match="the sender was rejected") as caught:
        await send_to(server)
    assert not caught.value.hard_bounce
    assert "@" not in str(caught.value)


async def test_a_full_mailbox_is_a_temporary_failure(server: Particular) -> None:
    server.recipient_answer = "452 4.2.2 full"
    with pytest.raises(TemporaryFailure, match=r"the recipient was temporarily rejected \(452 4.2.2\)"):
        await send_to(server)


async def test_a_broken_connection_after_data_is_an_unknown_outcome(server: Particular) -> None:
    server.hangs_up = True
    with pytest.raises(OutcomeUnknown, match="no response after DATA"):
        await send_to(server)


async def test_an_international_address_needs_smtputf8(server: Particular) -> None:
    await send_to(server, "jürgen@example.com")
    assert len(server.messages()) == 1


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example"])
def test_an_invalid_url_is_an_error(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://"):
        SmtpEmail(url, TIMEOUT)
