"""The account at Resend."""

from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from operations.readiness.email_provider import check_email_provider
from operations.readiness.finding import Light
from settings import Settings
from tests.operations.readiness.conftest import NOWHERE, SECRET, has_no_secret, real_shop


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
    found = await check_email_provider(resend(web.url_for("")))
    assert found.light is light
    has_no_secret(found)


async def test_resend_away_and_without_a_key_is_red() -> None:
    assert (await check_email_provider(resend(NOWHERE))).light is Light.RED
    assert (await check_email_provider(real_shop(email_url="resend://"))).light is Light.RED


def resend(url: str) -> Settings:
    """A shop with an account at Resend."""
    return real_shop(email_url="resend://", resend_api_key=SecretStr(SECRET), resend_api_url=url)
