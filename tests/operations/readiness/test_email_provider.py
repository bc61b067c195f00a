"""The e-mail provider that EMAIL_URL names."""

from typing import Any

import pytest

from operations.readiness.email_provider import check_email_provider, check_email_rate
from operations.readiness.finding import Light
from tests.operations.readiness.conftest import real_shop


async def test_no_provider_at_all_is_red() -> None:
    assert (await check_email_provider(real_shop(email_url=None))).light is Light.RED


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Light.GREEN),
        ({"email_url": "resend://"}, Light.AMBER),
        ({"email_url": "resend://", "email_rate": 2}, Light.GREEN),
        ({"email_url": "ses://eu-west-1"}, Light.AMBER),
    ],
)
def test_the_rate(given: dict[str, Any], expected: Light) -> None:
    assert check_email_rate(real_shop(**given)).light is expected
