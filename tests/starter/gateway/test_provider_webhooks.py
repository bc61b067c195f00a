"""The routes of providers as the whole gateway has them."""

import httpx2
import pytest

from settings import Settings
from tests.starter.gateway.conftest import Open, client_of

TOPIC = "arn:aws:sns:eu-west-1:123456789012:a"


@pytest.mark.parametrize(
    ("path", "setting"),
    [("resend", "RESEND_WEBHOOK_SECRETS"), ("ses", "SES_TOPICS"), ("twilio-status", "TWILIO_AUTH_TOKENS")],
)
async def test_providers_without_secrets_are_not_there(stranger: httpx2.AsyncClient, path: str, setting: str) -> None:
    answer = await stranger.post(f"/webhooks/{path}", content=b"{}")
    assert (answer.status_code, answer.json()["detail"]) == (404, f"{setting} is not set here")


async def test_with_secrets_they_are(settings: Settings, open_app: Open) -> None:
    app = await open_app(settings.model_copy(update={"ses_topics": (TOPIC,)}))
    async with client_of(app) as client:
        answers = [await client.post("/webhooks/ses", content=content) for content in (b"{}", b" " * 1_000_001)]
    assert [answer.status_code for answer in answers] == [401, 413]
    assert answers[0].headers["www-authenticate"]
