"""The account at Amazon SES."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from operations.readiness.email_provider import check_email_provider
from operations.readiness.finding import Light
from settings import Settings
from tests.operations.readiness.conftest import NOWHERE, SECRET, has_no_secret, real_shop


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
    found = await check_email_provider(ses(web.url_for("")))
    assert found.light is light
    has_no_secret(found)


async def test_ses_without_keys_or_away_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    without = await check_email_provider(ses(NOWHERE))
    assert (without.light, without.saw) == (Light.RED, "there are no AWS keys")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    assert (await check_email_provider(ses(NOWHERE))).light is Light.RED


def ses(url: str) -> Settings:
    """A shop with an account at AWS."""
    return real_shop(email_url="ses://eu-west-1", ses_api_url=url)
