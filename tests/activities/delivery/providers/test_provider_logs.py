"""At any log level, the providers' libraries log neither addresses nor secrets."""

import json
import logging
from datetime import timedelta

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.resend import ResendEmail
from activities.delivery.providers.ses import SesEmail
from activities.delivery.providers.smtp import SmtpEmail
from activities.delivery.providers.twilio import TwilioSms
from activities.delivery.sms_port import OutgoingSms
from localstack.servers.mail_server import MailServer
from tests.activities.delivery.conftest import ADA, KEY

NUMBER = "+447400123456"
SECRET = "the-secret-of-the-tests"
TIMEOUT = timedelta(seconds=5)
MAIL = OutgoingEmail(KEY, "hello@shop.example", ADA, b"From: hello@shop.example\r\nSubject: hi\r\n\r\nhello\r\n")


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
async def test_logs_of_a_send_have_no_addresses_and_no_secrets(
    httpserver: HTTPServer,
    mail: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    level: int,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    answer = {"id": "1", "MessageId": "1", "sid": "SM1"}
    httpserver.expect_request("/emails").respond_with_json(answer)
    httpserver.expect_request("/v2/email/outbound-emails").respond_with_json(answer)
    httpserver.expect_request("/2010-04-01/Accounts/AC1/Messages.json").respond_with_json(answer)
    url, secret = httpserver.url_for("/").rstrip("/"), SecretStr(SECRET)

    with caplog.at_level(level):
        for email in (
            SmtpEmail(mail.url, TIMEOUT),
            ResendEmail(url, secret, TIMEOUT),
            SesEmail("eu-west-1", TIMEOUT, url=url),
        ):
            await email.send(MAIL)
            await email.close()
        sms = TwilioSms(url, "AC1", secret, sender="+15005550006", public_url="https://a.example", timeout=TIMEOUT)
        await sms.send(OutgoingSms(KEY, NUMBER, "hello"))
        await sms.close()

    servers = ("mail.log", "werkzeug")
    logged = json.dumps([record.getMessage() for record in caplog.records if not record.name.startswith(servers)])
    assert ADA not in logged
    assert NUMBER not in logged
    assert SECRET not in logged
