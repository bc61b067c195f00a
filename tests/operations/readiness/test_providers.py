"""Providers on this machine that let us in, turn us away, and answer nonsense."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from operations.readiness import smtp_server, web
from operations.readiness.email_provider import look_at_email_provider
from operations.readiness.finding import Finding, Light
from operations.readiness.language_model import look_at_language_model
from operations.readiness.public_url import ask_gateway
from operations.readiness.scope import Scope
from operations.readiness.sms_provider import look_at_sms_provider
from operations.readiness.web import Answered, NoAnswer, ask
from settings import Settings
from tests.operations.readiness.conftest import development, real_shop

NOWHERE = "http://127.0.0.1:1"
SECRET = "hunter2-of-the-provider"
ALIVE = {"status": "alive"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is found out sooner than in earnest."""
    monkeypatch.setattr(smtp_server, "PATIENCE_SECONDS", 1)
    monkeypatch.setattr(web, "PATIENCE_SECONDS", 1)


@dataclass
class Till:
    """Takes e-mail, though none should come."""

    port: int = 0
    asked: list[str] = field(default_factory=list)

    async def handle_MAIL(self, *given: object) -> str:  # noqa: N802 - as aiosmtpd calls it
        """Somebody begins to send."""
        self.asked.append(repr(given))
        return "250 OK"


@asynccontextmanager
async def mail_server() -> AsyncIterator[Till]:
    """A server that knows one password."""

    def authenticator(_server: object, _session: object, _envelope: object, _way: str, given: Any) -> AuthResult:
        known = isinstance(given, LoginPassword) and given.password == SECRET.encode()
        return AuthResult(success=known, handled=False)

    till = Till()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(till, loop=loop, authenticator=authenticator, auth_require_tls=False), "127.0.0.1", 0
    )
    async with server:
        till.port = server.sockets[0].getsockname()[1]
        yield till


def is_told_without_secrets(found: Finding) -> None:
    """Neither what was seen nor what to do repeats a secret."""
    assert SECRET not in f"{found.saw} {found.to_do}"
    assert (found.light is Light.GREEN) == (found.to_do is None)


@pytest.mark.parametrize(("password", "light"), [(SECRET, Light.GREEN), ("wrong", Light.RED)])
async def test_a_mail_server_is_logged_in_to(password: str, light: Light) -> None:
    async with mail_server() as till:
        found = await look_at_email_provider(real_shop(email_url=f"smtp://shop:{password}@127.0.0.1:{till.port}"))
    assert (found.light, till.asked) == (light, [])
    is_told_without_secrets(found)


async def test_a_mail_server_that_is_away_or_silent_is_red() -> None:
    assert (await look_at_email_provider(real_shop(email_url=f"smtp://x:{SECRET}@127.0.0.1:1"))).light is Light.RED
    silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    async with silent:
        port = silent.sockets[0].getsockname()[1]
        found = await look_at_email_provider(real_shop(email_url=f"smtp://127.0.0.1:{port}"))
    assert (found.light, "does not answer" in found.saw) == (Light.RED, True)


async def test_no_provider_at_all_is_red() -> None:
    assert (await look_at_email_provider(real_shop(email_url=None))).light is Light.RED


@pytest.mark.parametrize(
    ("status", "body", "light"),
    [
        (200, {"data": [{"name": "ironworks.io", "status": "verified"}]}, Light.GREEN),
        (200, {"data": [{"name": "ironworks.io", "status": "pending"}]}, Light.RED),
        (200, {"data": []}, Light.RED),
        (200, {"data": "what"}, Light.RED),
        (200, [], Light.RED),
        (401, {"name": "restricted_api_key", "message": "This API key is restricted to only send emails"}, Light.AMBER),
        (400, {"name": "validation_error", "message": f"API key {SECRET} is invalid"}, Light.RED),
        (401, {"name": "missing_api_key"}, Light.RED),
        (500, {}, Light.RED),
    ],
)
async def test_resend(web: HTTPServer, status: int, body: Any, light: Light) -> None:
    expected = web.expect_request("/domains", headers={"Authorization": f"Bearer {SECRET}"})
    expected.respond_with_json(body, status=status)
    found = await look_at_email_provider(resend(web.url_for("")))
    assert found.light is light
    is_told_without_secrets(found)


async def test_resend_away_and_without_a_key_is_red() -> None:
    assert (await look_at_email_provider(resend(NOWHERE))).light is Light.RED
    assert (await look_at_email_provider(real_shop(email_url="resend://"))).light is Light.RED


@pytest.mark.parametrize(
    ("status", "body", "light"),
    [
        (200, {"SendingEnabled": True, "ProductionAccessEnabled": True}, Light.GREEN),
        (200, {"SendingEnabled": True, "ProductionAccessEnabled": False}, Light.AMBER),
        (200, {"SendingEnabled": False, "ProductionAccessEnabled": True}, Light.RED),
        (403, {"__type": "AccessDeniedException", "message": "not authorized"}, Light.AMBER),
        (403, {"__type": "UnrecognizedClientException", "message": f"bad {SECRET}"}, Light.RED),
        (503, {}, Light.RED),
    ],
)
async def test_ses(web: HTTPServer, monkeypatch: pytest.MonkeyPatch, status: int, body: Any, light: Light) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    headers = {"x-amzn-ErrorType": body["__type"]} if "__type" in body else {}
    web.expect_request("/v2/email/account").respond_with_json(body, status=status, headers=headers)
    found = await look_at_email_provider(ses(web.url_for("")))
    assert found.light is light
    is_told_without_secrets(found)


async def test_ses_without_keys_or_away_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    without = await look_at_email_provider(ses(NOWHERE))
    assert (without.light, without.saw) == (Light.RED, "there are no AWS keys")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    assert (await look_at_email_provider(ses(NOWHERE))).light is Light.RED


@pytest.mark.parametrize(
    ("status", "body", "light"),
    [
        (200, {"status": "active"}, Light.GREEN),
        (200, {"status": "suspended"}, Light.RED),
        (200, {}, Light.RED),
        (401, {"code": 20003, "message": f"Authenticate {SECRET}"}, Light.RED),
        (404, {}, Light.RED),
        (500, {}, Light.RED),
    ],
)
async def test_twilio(web: HTTPServer, status: int, body: Any, light: Light) -> None:
    web.expect_request("/2010-04-01/Accounts/AC1b.json").respond_with_json(body, status=status)
    found = await look_at_sms_provider(twilio(twilio_api_url=web.url_for("")))
    assert found.light is light
    is_told_without_secrets(found)
    request, _ = web.log[-1]
    assert request.authorization
    assert (request.authorization.username, request.authorization.password) == ("AC1b", SECRET)


async def test_twilio_half_set_up_is_red_and_none_at_all_is_told() -> None:
    assert (await look_at_sms_provider(twilio(twilio_api_url=NOWHERE))).light is Light.RED
    assert (await look_at_sms_provider(twilio(sms_from=None))).light is Light.RED
    assert (await look_at_sms_provider(twilio(twilio_auth_tokens=None))).light is Light.RED
    assert (await look_at_sms_provider(real_shop())).light is Light.AMBER
    assert (await look_at_sms_provider(development())).light is Light.GREEN


@pytest.mark.parametrize(
    ("status", "body", "light"),
    [
        (200, {"data": [{"id": "small"}, {"id": "large"}]}, Light.GREEN),
        (200, {"data": [{"id": "large"}]}, Light.AMBER),
        (200, {"data": None}, Light.RED),
        (401, {"error": SECRET}, Light.RED),
        (502, {}, Light.RED),
    ],
)
async def test_the_language_model(web: HTTPServer, status: int, body: Any, light: Light) -> None:
    web.expect_request("/v1/models").respond_with_json(body, status=status)
    found = await look_at_language_model(model(web.url_for("/v1")), Scope())
    assert found.light is light
    is_told_without_secrets(found)


async def test_a_language_model_away_is_red_and_none_at_all_is_nothing_to_mend(web: HTTPServer) -> None:
    assert (await look_at_language_model(model(NOWHERE), Scope())).light is Light.RED
    web.expect_request("/models").respond_with_data("<html>welcome</html>")
    assert (await look_at_language_model(model(web.url_for("")), Scope())).light is Light.RED
    assert (await look_at_language_model(real_shop(), Scope())).light is Light.GREEN


async def test_the_gateway_is_asked_only_when_something_depends_on_it(web: HTTPServer) -> None:
    web.expect_request("/healthz").respond_with_json(ALIVE)
    assert await ask(web.url_for("/healthz")) == Answered(200, ALIVE)
    assert await ask_gateway(real_shop(public_url=web.url_for(""))) == NoAnswer("was not asked")
    assert await ask_gateway(development()) == NoAnswer("was not asked")
    assert await ask_gateway(real_shop(public_url="https://127.0.0.1:1")) == NoAnswer(
        "cannot be reached (ConnectError)"
    )


def resend(url: str) -> Settings:
    """A shop with an account at Resend."""
    return real_shop(email_url="resend://", resend_api_key=SecretStr(SECRET), resend_api_url=url)


def ses(url: str) -> Settings:
    """A shop with an account at AWS."""
    return real_shop(email_url="ses://eu-west-1", ses_api_url=url)


def twilio(**given: Any) -> Settings:
    """A shop with an account at Twilio."""
    usual = {"sms_url": "twilio://AC1b", "sms_from": "+15005550006", "twilio_auth_tokens": SecretStr(f"{SECRET},old")}
    return real_shop(**{**usual, **given})


def model(url: str) -> Settings:
    """A shop that has texts written."""
    return real_shop(openai_base_url=url, openai_api_key=SecretStr(SECRET), openai_model="small")


async def test_a_web_server_that_is_silent_is_not_waited_for() -> None:
    silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    async with silent:
        port = silent.sockets[0].getsockname()[1]
        assert await ask(f"http://127.0.0.1:{port}/") == NoAnswer("does not answer within 1 seconds")
