"""The embedded mail server, seen from a real SMTP client."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiosmtplib
import pytest

from localstack.servers.mail_server import MailServer, ReceivedMail
from localstack.servers.ports import HOST, reserve_port

SENDER = "hello@shop.example"
ADA = "ada@example.com"
LONG_HEADER = b"List-Unsubscribe: <https://shop.example/u/" + b"a" * 600 + b">"
RAW = b"\r\n".join(
    [
        b"From: " + SENDER.encode(),
        b"To: " + ADA.encode(),
        b"Subject: Your order, ada@example.com, is =?utf-8?q?confirmed=21?=",
        LONG_HEADER,
        b"",
        b".a line that begins with a dot",
        "Grüße, 鉄".encode(),
        b"",
    ]
)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MailServer]:
    port = reserve_port("SMTP_PORT", None, 1025)
    async with MailServer(port.number, tmp_path / "mail") as server:
        yield server
    port.release()


async def send(server: MailServer, raw: bytes = RAW, recipient: str = ADA, answer_within: float = 60) -> None:
    async with aiosmtplib.SMTP(hostname=HOST, port=server.port, timeout=answer_within) as client:
        options = [] if recipient.isascii() else ["SMTPUTF8"]
        await client.sendmail(SENDER, recipient, raw, mail_options=options)


async def test_the_bytes_are_kept_as_they_came(server: MailServer) -> None:
    await send(server)
    (file,) = server.messages()
    assert file.read_bytes() == RAW


async def test_the_file_is_named_after_the_subject_without_the_address(server: MailServer) -> None:
    await send(server)
    await send(server, b"Subject: ada@example.com\r\n\r\nhello\r\n")
    await send(server, b"Subject: =?x-unknown?b?!!!?=\r\n\r\nhello\r\n")
    names = [file.name for file in server.messages()]
    assert names[:2] == ["0001-your-order-is-confirmed.eml", "0002-message.eml"]
    assert names[2].startswith("0003-")


async def test_numbers_go_on_where_an_earlier_server_stopped(server: MailServer) -> None:
    server.directory.joinpath("0041-from-yesterday.eml").write_bytes(RAW)
    await send(server)
    assert server.messages()[-1].name.startswith("0042-")


async def test_an_address_in_unicode_is_taken(server: MailServer) -> None:
    received: list[ReceivedMail] = []

    async def remember(message: ReceivedMail, keep: Callable[[], Path]) -> str:
        received.append(message)
        return "250 OK"

    server.behaviour = remember
    await send(server, recipient="björn@exämple.com")
    assert received == [ReceivedMail(sender=SENDER, recipients=("björn@exämple.com",), raw=RAW)]


@pytest.mark.parametrize("code", [451, 554])
async def test_a_test_may_refuse_a_message(server: MailServer, code: int) -> None:
    async def refuse(message: ReceivedMail, keep: Callable[[], Path]) -> str:
        return f"{code} no"

    server.behaviour = refuse
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await send(server)
    assert refused.value.code == code
    assert server.messages() == []


async def test_a_test_may_keep_a_message_and_lose_the_answer(server: MailServer) -> None:
    async def hang(message: ReceivedMail, keep: Callable[[], Path]) -> str:
        keep()
        await asyncio.Event().wait()
        raise AssertionError

    server.behaviour = hang
    with pytest.raises(aiosmtplib.SMTPReadTimeoutError):
        await send(server, answer_within=2)
    assert [file.read_bytes() for file in server.messages()] == [RAW]
