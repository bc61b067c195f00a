"""A mail server on this machine that accepts a password, rejects one, and is silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from operations.readiness.email_provider import check_email_provider
from operations.readiness.finding import Light
from operations.readiness.smtp_server import check_smtp_server
from tests.operations.readiness.conftest import SECRET, has_no_secret, real_shop


@dataclass
class RecordingMailServer:
    """Accepts e-mail, and records that it did."""

    port: int = 0
    asked: list[str] = field(default_factory=list)

    async def handle_MAIL(self, *given: object) -> str:  # noqa: N802 - as aiosmtpd calls it
        """Somebody begins to send."""
        self.asked.append(repr(given))
        return "250 OK"


@asynccontextmanager
async def mail_server() -> AsyncIterator[RecordingMailServer]:
    """A server that knows one password."""

    def authenticator(_server: object, _session: object, _envelope: object, _way: str, given: Any) -> AuthResult:
        known = isinstance(given, LoginPassword) and given.password == SECRET.encode()
        return AuthResult(success=known, handled=False)

    mail = RecordingMailServer()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mail, loop=loop, authenticator=authenticator, auth_require_tls=False), "127.0.0.1", 0
    )
    async with server:
        mail.port = server.sockets[0].getsockname()[1]
        yield mail


@pytest.mark.parametrize(("password", "light"), [(SECRET, Light.GREEN), ("wrong", Light.RED)])
async def test_a_mail_server_is_logged_in_to(password: str, light: Light) -> None:
    async with mail_server() as mail:
        found = await check_email_provider(real_shop(email_url=f"smtp://shop:{password}@127.0.0.1:{mail.port}"))
    assert (found.light, mail.asked) == (light, [])
    has_no_secret(found)


async def test_a_mail_server_that_is_away_or_silent_is_red() -> None:
    assert (await check_email_provider(real_shop(email_url=f"smtp://x:{SECRET}@127.0.0.1:1"))).light is Light.RED
    silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    async with silent:
        port = silent.sockets[0].getsockname()[1]
        found = await check_smtp_server(f"smtp://127.0.0.1:{port}", "e-mail provider", timeout_seconds=1)
    assert (found.light, "does not answer" in found.saw) == (Light.RED, True)
