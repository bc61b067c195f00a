"""TLS and passwords, with a server whose certificate is not trusted."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.smtp import SmtpEmail
from activities.delivery.submission_result import TemporaryFailure
from localstack.servers.ports import HOST, reserve_port
from tests.activities.delivery.providers.particular_servers import PASSWORD, USER, Counting, certificate, only_ada

MESSAGE = OutgoingEmail("ab" * 32, "hello@shop.example", "ada@example.com", b"Subject: hi\r\n\r\nhello\r\n")
TIMEOUT = timedelta(seconds=5)
LOGIN = f"{USER}:{quote(PASSWORD, safe='')}@"


class Room:
    """Opens servers with options, and sends to the last one."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self.port = port
        self.serving, self.trusting = certificate(directory)
        self.servers: list[Counting] = []

    async def open(self, **options: Any) -> Counting:
        server = Counting(self.port, self.directory / "mail", **options)
        await server.start()
        self.servers.append(server)
        return server

    async def send(self, scheme: str, login: str = "", *, context: ssl.SSLContext | None = None) -> None:
        email = SmtpEmail(f"{scheme}://{login}{HOST}:{self.port}", TIMEOUT, context or self.trusting)
        await email.send(MESSAGE)
        await email.send(MESSAGE)
        await email.close()


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    port = reserve_port("SMTP_PORT", None, 22025)
    room = Room(tmp_path, port.number)
    yield room
    for server in room.servers:
        await server.stop()
    port.release()


@pytest.mark.parametrize("scheme", ["smtp", "smtp+starttls"])
async def test_starttls_is_used(room: Room, scheme: str) -> None:
    server = await room.open(tls_context=room.serving, require_starttls=True)
    await room.send(scheme)
    assert len(server.messages()) == 2
    assert server.connections == 1


async def test_smtps_uses_tls_from_the_start(room: Room) -> None:
    server = await room.open(tls_from_the_start=room.serving)
    await room.send("smtps")
    assert len(server.messages()) == 2
    assert server.connections == 1


@pytest.mark.parametrize(
    ("scheme", "options"), [("smtp+starttls", "tls_context"), ("smtp", "tls_context"), ("smtps", "tls_from_the_start")]
)
async def test_an_untrusted_certificate_is_refused(room: Room, scheme: str, options: str) -> None:
    server = await room.open(**{options: room.serving})
    with pytest.raises(TemporaryFailure, match="no session"):
        await room.send(scheme, context=ssl.create_default_context())
    assert server.messages() == []


async def test_tls_is_required(room: Room) -> None:
    server = await room.open()
    with pytest.raises(TemporaryFailure, match="no session"):
        await room.send("smtp+starttls")
    assert server.messages() == []
    await room.send("smtp")
    assert len(server.messages()) == 2


async def test_a_password_authenticates(room: Room) -> None:
    server = await room.open(tls_context=room.serving, auth_required=True, authenticator=only_ada)
    await room.send("smtp+starttls", LOGIN)
    assert len(server.messages()) == 2


async def test_the_error_for_a_wrong_password_does_not_quote_it(room: Room) -> None:
    server = await room.open(tls_context=room.serving, auth_required=True, authenticator=only_ada)
    with pytest.raises(TemporaryFailure, match=r"refused the session \(535 5.7.8\)") as caught:
        await room.send("smtp+starttls", f"{USER}:wrong@")
    assert "wrong" not in str(caught.value)
    assert server.messages() == []


async def test_a_password_is_not_sent_unencrypted() -> None:
    """To a server that is not on this machine, asks for a password, and offers no encryption."""
    received: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            received.append(line)
            writer.write(b"250-hello\r\n250 AUTH PLAIN LOGIN\r\n" if line.startswith(b"EHLO") else b"250 OK\r\n")
        writer.close()

    listening = await asyncio.start_server(talk, HOST, 0)
    port = listening.sockets[0].getsockname()[1]

    with pytest.raises(TemporaryFailure, match="no session"):
        await SmtpEmail(f"smtp://ada:secret@{HOST}:{port}", TIMEOUT, is_local=lambda _host: False).send(MESSAGE)

    listening.close()
    assert [line.split()[0] for line in received] == [b"EHLO"]
