"""The account at Twilio."""

from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from operations.readiness.finding import Light
from operations.readiness.sms_provider import check_sms_provider
from settings import Settings
from tests.operations.readiness.conftest import NOWHERE, SECRET, development, has_no_secret, real_shop


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
    found = await check_sms_provider(twilio(twilio_api_url=web.url_for("")))
    assert found.light is light
    has_no_secret(found)
    request, _ = web.log[-1]
    assert request.authorization
    assert (request.authorization.username, request.authorization.password) == ("AC1b", SECRET)


async def test_an_incomplete_configuration_is_red() -> None:
    assert (await check_sms_provider(twilio(twilio_api_url=NOWHERE))).light is Light.RED
    assert (await check_sms_provider(twilio(sms_from=None))).light is Light.RED
    assert (await check_sms_provider(twilio(twilio_auth_tokens=None))).light is Light.RED
    assert (await check_sms_provider(real_shop())).light is Light.AMBER
    assert (await check_sms_provider(development())).light is Light.GREEN


def twilio(**given: Any) -> Settings:
    """A shop with an account at Twilio."""
    usual = {"sms_url": "twilio://AC1b", "sms_from": "+15005550006", "twilio_auth_tokens": SecretStr(f"{SECRET},old")}
    return real_shop(**{**usual, **given})
