"""The secrets of the providers' webhooks."""

from typing import Any

import pytest
from pydantic import SecretStr

from operations.readiness.finding import Light
from operations.readiness.provider_webhooks import check_provider_webhooks
from tests.operations.readiness.conftest import real_shop


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Light.GREEN),
        ({"email_url": "resend://"}, Light.AMBER),
        ({"email_url": "resend://", "resend_webhook_secrets": SecretStr("whsec_AAAA")}, Light.GREEN),
        ({"email_url": "ses://eu-west-1"}, Light.AMBER),
        ({"email_url": "ses://eu-west-1", "ses_topics": ("arn:aws:sns:eu-west-1:1:t",)}, Light.GREEN),
    ],
)
def test_the_secrets_of_the_providers_webhooks(given: dict[str, Any], expected: Light) -> None:
    assert check_provider_webhooks(real_shop(**given)).light is expected
