"""Test messages: real mail to the operator's own address, marked and untracked."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from lifecycle.wording import Variant
from localstack.servers.mail_server import MailServer
from localstack.servers.ports import reserve_port
from operations.access.errors import InvalidInput
from operations.campaigns.proof import ProofRequest
from operations.campaigns.proof_sending import NotSent, parse_recipient, send_proofs
from settings import Settings
from tests.operations.campaigns.lamps import lamps

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


@pytest.fixture
async def mail(tmp_path: Path) -> AsyncIterator[MailServer]:
    """A mail server that stores what it gets."""
    port = reserve_port("SMTP_PORT", None, 21025)
    async with MailServer(port.number, tmp_path / "mail") as server:
        yield server
    port.release()


def shop(mail: MailServer, **given: Any) -> Settings:
    return Settings(_env_file=None, email_url=mail.url, **given)


async def test_the_requested_rendition_arrives_marked_and_untracked(mail: MailServer) -> None:
    request = ProofRequest("lamp-mail", step=1, locale="de", variant="B")
    sent = await send_proofs(lamps(), request, "Me@Example.com", shop(mail), NOW)
    assert (sent.channel, sent.openings, sent.outcome) == ("EMAIL", ("[TEST] Eine Lampe",), "sent")
    [written] = mail.messages()
    message = message_from_bytes(written.read_bytes(), policy=policy.default)
    assert (message["Subject"], message["To"]) == ("[TEST] Eine Lampe", "me@example.com")
    html = message.get_body(("html",))
    assert html
    assert "/c/" not in html.get_content()
    assert "/o/" not in html.get_content()


async def test_without_a_variant_the_first_of_each_step_is_sent(mail: MailServer) -> None:
    sent = await send_proofs(lamps(), ProofRequest("lamp-mail"), "me@example.com", shop(mail), NOW)
    assert sent.openings == ("[TEST] A lamp for Ada", "[TEST] Still dark")


async def test_a_step_without_the_variant_is_left_out(mail: MailServer) -> None:
    first, second, _ = lamps()
    other = replace(second, wording=replace(second.wording, variants=(Variant("C"), Variant("D"))))
    sent = await send_proofs([first, other], ProofRequest("lamp-mail", variant="A"), "me@example.com", shop(mail), NOW)
    assert sent.openings == ("[TEST] A lamp for Ada",)


async def test_a_text_message_goes_to_the_outbox(mail: MailServer, tmp_path: Path) -> None:
    settings = shop(mail, sms_outbox=tmp_path / "texts")
    sent = await send_proofs(lamps(), ProofRequest("lamp-text"), "+44 1632 960001", settings, NOW)
    assert sent.openings == ("[TEST] Cast & Iron: your lamp is here",)
    assert sent.outcome == f"written to {tmp_path / 'texts'}, because SMS_URL is not set"
    [written] = (tmp_path / "texts").glob("*.json")
    assert json.loads(written.read_text())["to"] == "+441632960001"


async def test_a_dry_run_says_where_the_files_are(mail: MailServer, tmp_path: Path) -> None:
    settings = shop(mail, dry_run=True, data_directory=tmp_path / "data")
    sent = await send_proofs(lamps(), ProofRequest("lamp-mail", step=2), "me@example.com", settings, NOW)
    assert sent.outcome == f"written to {tmp_path / 'data' / 'dry-run'}, because DRY_RUN is set"
    assert mail.messages() == []


@pytest.mark.parametrize(
    ("slug", "recipient", "reason"),
    [
        ("lamp-text", "me@example.com", "this is a text message: give a number"),
        ("lamp-mail", "+441632960001", "this is an e-mail: give an address"),
        ("lamp-mail", "someone@elsewhere.example", "is not in RECIPIENT_ALLOW_LIST"),
        ("lamp-text", "+441632960002", "is not in RECIPIENT_ALLOW_LIST"),
        ("lamp-mail", "me at home", "is not a valid e-mail address"),
    ],
)
async def test_a_recipient_that_does_not_fit_gets_nothing(
    mail: MailServer, slug: str, recipient: str, reason: str
) -> None:
    settings = shop(mail, recipient_allow_list=("*@example.com", "+441632960001"))
    with pytest.raises(InvalidInput, match=reason) as raised:
        await send_proofs(lamps(), ProofRequest(slug), recipient, settings, NOW)
    assert raised.value.field == "recipient"
    assert recipient not in str(raised.value)
    assert mail.messages() == []


async def test_a_provider_that_is_down_is_an_error() -> None:
    port = reserve_port("SMTP_PORT", None, 21025)
    settings = Settings(_env_file=None, email_url=f"smtp://127.0.0.1:{port.number}")
    port.release()
    with pytest.raises(NotSent, match="not sent: "):
        await send_proofs(lamps(), ProofRequest("lamp-mail", step=2), "me@example.com", settings, NOW)


def test_recipients_are_normalised() -> None:
    assert parse_recipient(" Me@Example.COM") == "me@example.com"
    assert parse_recipient("+44 1632 960001") == "+441632960001"
