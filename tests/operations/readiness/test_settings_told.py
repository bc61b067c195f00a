"""What the settings say by themselves: here, and in a real shop."""

from typing import Any

import pytest
from pydantic import SecretStr

from lifecycle.campaign_file import CampaignRow, read_campaigns
from lifecycle.campaigns import Purpose
from lifecycle.wording import Wording
from operations.readiness.consent import check_consent, check_double_opt_in
from operations.readiness.email_provider import check_email_rate
from operations.readiness.finding import Finding, Light
from operations.readiness.keys import check_keys
from operations.readiness.provider_webhooks import check_provider_webhooks
from operations.readiness.public_url import check_public_url
from operations.readiness.scope import Scope
from operations.readiness.sending import check_recipients
from operations.readiness.shop import check_postal_address, check_sender
from operations.readiness.staying_here import mail_stays_here
from operations.readiness.web import Answered, NoAnswer
from settings import Settings
from tests.fixtures.stack import PROJECT
from tests.operations.readiness.conftest import development, real_shop

KEYS = SecretStr("k1:" + "A" * 43 + "=")
DEFAULT = Settings.model_fields["postal_address"].default


def light(findings: list[Finding], name: str) -> Light:
    """The light of one."""
    return next(found.light for found in findings if found.name == name)


@pytest.mark.parametrize(
    ("url", "stays"),
    [
        ("smtp://127.0.0.1:1025", True),
        ("smtp://localhost:2525", True),
        ("smtp://[::1]:1025", True),
        ("smtp://mailpit:1025", True),
        ("smtp://127.0.0.1", False),
        ("smtp://127.0.0.1:25", False),
        ("smtp://localhost:587", False),
        ("smtp://user:secret@mailpit:1025", False),
        ("smtp://smtp.ironworks.io:1025", False),
        ("smtps://127.0.0.1:1025", False),
        ("resend://", False),
        ("ses://eu-west-1", False),
        (None, False),
    ],
)
def test_mail_stays_here_when_nothing_could_pass_it_on(url: str | None, stays: bool) -> None:
    assert mail_stays_here(real_shop(email_url=url)) is stays


def test_the_postal_address_of_the_example_is_red_in_a_real_shop() -> None:
    assert check_postal_address(real_shop()).light is Light.GREEN
    assert check_postal_address(real_shop(postal_address=DEFAULT)).light is Light.RED
    assert check_postal_address(development()).light is Light.GREEN


@pytest.mark.parametrize("domain", ["shop.example", "example.com", "mail.example.org", "shop.test", "shop.local"])
def test_a_sender_at_an_examples_domain_is_red_in_a_real_shop(domain: str) -> None:
    assert check_sender(real_shop()).light is Light.GREEN
    assert check_sender(real_shop(email_from="hello@myexample.com")).light is Light.GREEN
    assert check_sender(development()).light is Light.GREEN
    settings = real_shop().model_copy(update={"email_from": f"Shop <hello@{domain}>"})
    assert check_sender(settings).light is Light.RED


def test_keys() -> None:
    real = check_keys(real_shop())
    assert [found.light for found in real] == [Light.GREEN, Light.GREEN, Light.AMBER]
    assert light(check_keys(real_shop(identity_key=None)), "identity key") is Light.RED
    assert light(check_keys(real_shop(identity_key=None)), "link keys") is Light.RED
    assert light(check_keys(real_shop(identity_key=SecretStr("0123456789abcdef"))), "identity key") is Light.AMBER
    assert light(check_keys(real_shop(payload_keys=KEYS)), "payload keys") is Light.GREEN
    assert {found.light for found in check_keys(development())} == {Light.GREEN}


def test_consent() -> None:
    assert check_consent(real_shop()).light is Light.GREEN
    assert check_consent(real_shop(consent_default="granted")).light is Light.AMBER
    assert check_consent(development(consent_default="granted")).light is Light.AMBER


def test_a_consent_to_be_confirmed_has_to_be_asked_for() -> None:
    shipped = read_campaigns((PROJECT / "campaigns.yaml").read_text())
    others = [row for row in shipped if row.slug != "confirm-subscription"]
    assert check_double_opt_in(real_shop(), others).light is Light.GREEN
    assert check_double_opt_in(real_shop(double_opt_in=True), shipped).light is Light.GREEN
    assert check_double_opt_in(real_shop(double_opt_in=True), others).light is Light.AMBER


def test_who_gets_messages() -> None:
    assert {found.light for found in check_recipients(real_shop())} == {Light.GREEN}
    assert light(check_recipients(real_shop(dry_run=True)), "dry run") is Light.AMBER
    limited = check_recipients(real_shop(recipient_allow_list=("ada@ironworks.io", "*@ironworks.io")))
    assert light(limited, "allow-list") is Light.AMBER
    assert "@" not in " ".join(f"{found.saw} {found.to_do}" for found in limited)


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


@pytest.mark.parametrize(
    ("given", "health", "expected"),
    [
        ({}, Answered(200, {"status": "alive"}), Light.GREEN),
        ({}, Answered(200, {"status": "parked"}), Light.RED),
        ({}, Answered(404, None), Light.RED),
        ({}, NoAnswer("does not answer within 3 seconds"), Light.RED),
        ({"public_url": "http://events.ironworks.io"}, Answered(200, {"status": "alive"}), Light.RED),
        ({"public_url": "https://127.0.0.1"}, Answered(200, {"status": "alive"}), Light.RED),
    ],
)
def test_the_public_address(given: dict[str, Any], health: Answered | NoAnswer, expected: Light) -> None:
    assert check_public_url(real_shop(**given), health).light is expected
    assert check_public_url(development(), NoAnswer("was not asked")).light is Light.GREEN


def test_a_campaign_is_examined_for_what_it_needs() -> None:
    def row(channel: str, purpose: Purpose, prompt: str | None = None) -> CampaignRow:
        wording = Wording("body", "subject", None, prompt, {}, ())
        return CampaignRow("a", "A", "ORDER_PAID", "SMS" if channel == "SMS" else "EMAIL", purpose, wording)

    receipt = Scope.of([row("EMAIL", Purpose.TRANSACTIONAL)])
    assert (receipt.email, receipt.sms, receipt.marketing, receipt.language_model) == (True, False, False, False)
    both = Scope.of([row("SMS", Purpose.MARKETING), row("EMAIL", Purpose.TRANSACTIONAL, "Write.")])
    assert (both.email, both.sms, both.marketing, both.language_model) == (True, True, True, True)
