"""The settings choose the adapters, and a missing setting is an error before anything is sent."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.delivery.build import build_email, build_limits, build_sms
from activities.delivery.providers.dry_run import DryRunEmail
from activities.delivery.providers.file_outbox import FileOutbox
from activities.delivery.providers.resend import ResendEmail
from activities.delivery.providers.ses import SesEmail
from activities.delivery.providers.smtp import SmtpEmail
from activities.delivery.providers.twilio import TwilioSms
from activities.delivery.sms_port import OutgoingSms
from db.engine.connections import create_engine
from settings import Settings, SettingsError

TWILIO = {"sms_url": "twilio://AC1", "sms_from": "+15005550006", "twilio_auth_tokens": SecretStr("new,old")}
KEY = SecretStr("re_1")


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"email_url": "smtp://127.0.0.1:25"}, SmtpEmail),
        ({"email_url": "smtp+starttls://mail.example:587"}, SmtpEmail),
        ({"email_url": "smtps://mail.example"}, SmtpEmail),
        ({"email_url": "resend://", "resend_api_key": KEY}, ResendEmail),
        ({"email_url": "ses://eu-west-1"}, SesEmail),
        ({"dry_run": True}, DryRunEmail),
        ({"dry_run": True, "email_url": "resend://"}, DryRunEmail),
    ],
)
async def test_the_email_port_is_chosen_by_the_settings(values: dict[str, Any], kind: type) -> None:
    port = build_email(settings(**values))
    await port.close()
    assert type(port) is kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({}, FileOutbox),
        (TWILIO, TwilioSms),
        ({**TWILIO, "dry_run": True}, FileOutbox),
        ({"sms_url": "twilio://AC1", "dry_run": True}, FileOutbox),
    ],
)
async def test_the_sms_port_is_chosen_by_the_settings(values: dict[str, Any], kind: type) -> None:
    port = build_sms(settings(**values))
    await port.close()
    assert type(port) is kind


async def test_the_first_twilio_token_is_used_to_send(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/2010-04-01/Accounts/AC1/Messages.json").respond_with_json({"sid": "SM1"}, 201)
    port = build_sms(settings(**TWILIO, twilio_api_url=httpserver.url_for("/")))
    await port.send(OutgoingSms("ab" * 32, "+447400123456", "hello"))
    await port.close()
    authorization = httpserver.log[0][0].authorization
    assert authorization is not None
    assert (authorization.username, authorization.password) == ("AC1", "new")


def directories_with_files(root: Path) -> list[Path]:
    return [file.parent for file in root.rglob("*.json")]


async def test_a_dry_run_writes_to_its_own_directory(tmp_path: Path) -> None:
    port = build_sms(settings(dry_run=True, data_directory=tmp_path, sms_outbox=tmp_path / "sms"))
    await port.send(OutgoingSms("ab" * 32, "+447400123456", "hello"))
    assert directories_with_files(tmp_path) == [tmp_path / "dry-run"]


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({}, "EMAIL_URL"),
        ({"email_url": "resend://"}, "RESEND_API_KEY"),
        ({**TWILIO, "email_url": "smtp://127.0.0.1", "twilio_auth_tokens": None}, "TWILIO_AUTH_TOKENS"),
        ({**TWILIO, "email_url": "smtp://127.0.0.1", "twilio_auth_tokens": SecretStr(" , ")}, "TWILIO_AUTH_TOKENS"),
        ({**TWILIO, "email_url": "smtp://127.0.0.1", "sms_from": None}, "SMS_FROM"),
    ],
)
def test_a_missing_setting_is_an_error(values: dict[str, Any], missing: str) -> None:
    with pytest.raises(SettingsError, match=f"^{missing}: "):
        (build_email(settings(**values)), build_sms(settings(**values)))


@pytest.mark.parametrize(
    ("values", "channels"),
    [
        ({"email_url": "smtp://127.0.0.1"}, set()),
        ({"email_url": "smtp://127.0.0.1", "email_rate": 10}, {"EMAIL"}),
        ({"email_url": "smtp://127.0.0.1", "email_rate": 10, **TWILIO, "sms_rate": 1}, {"EMAIL", "SMS"}),
        ({"email_url": "smtp://127.0.0.1", "email_rate": 10, "dry_run": True}, set()),
        ({"email_url": "smtp://127.0.0.1", "sms_rate": 1}, set()),
    ],
)
async def test_only_sending_rates_that_are_set_limit_a_channel(values: dict[str, Any], channels: set[str]) -> None:
    engine: AsyncEngine = create_engine("postgresql://127.0.0.1:1/nowhere")
    assert set(build_limits(engine, settings(**values))) == channels
    await engine.dispose()
