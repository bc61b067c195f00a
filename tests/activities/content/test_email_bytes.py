"""The bytes of an e-mail, and attempts at header injection."""

from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from typing import Any

import pytest

from activities.content.email_bytes import UnsafeHeader, email_bytes
from activities.content.message_draft import MessageDraft
from activities.content.sample import ADA
from lifecycle.campaigns import Purpose
from lifecycle.wording import Wording

DRAFT = MessageDraft("ab" * 32, "win-back", 2, "EMAIL", Purpose.MARKETING, Wording(""), ADA, {})
SUBJECT = "Grüße aus der Küche, " * 8 + "Ada"
TEXT = "Grüße\n" + "long " * 300
HTML = "<p>Grüße</p>"
UNSUBSCRIBE_URL = "https://mail.shop.example/" + "u" * 150


def email(draft: MessageDraft = DRAFT, **changes: Any) -> bytes:
    """The e-mail, with other arguments where given."""
    arguments = {
        "sender": "Cast & Iron <hello@shop.example>",
        "subject": SUBJECT,
        "text": TEXT,
        "html": HTML,
        "now": datetime(2026, 11, 22, 10, 15, tzinfo=UTC),
        "unsubscribe_url": UNSUBSCRIBE_URL,
    }
    return email_bytes(draft, **{**arguments, **changes})


def headers_of(raw: bytes) -> list[str]:
    return raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


def test_every_header_is_one_unfolded_line() -> None:
    headers = headers_of(email())
    assert f"List-Unsubscribe: <{UNSUBSCRIBE_URL}>" in headers
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in headers
    assert "List-Id: <win-back.shop.example>" in headers
    assert f"Message-ID: <{'ab' * 20}@shop.example>" in headers
    assert "Feedback-ID: win-back:2:marketing:shopexample" in headers
    assert "Date: Sun, 22 Nov 2026 10:15:00 +0000" in headers
    assert not [line for line in headers if line.startswith((" ", "\t")) or len(line) > 998]


def test_a_parser_reads_what_was_written() -> None:
    parsed = BytesParser(policy=policy.default).parsebytes(email())
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert parsed["Subject"] == SUBJECT
    assert text is not None
    assert html is not None
    assert text.get_content().split() == TEXT.split()
    assert html.get_content().strip() == HTML
    assert parsed.get_content_type() == "multipart/alternative"


def test_the_body_is_seven_bit_clean_and_its_lines_are_short() -> None:
    body = email().partition(b"\r\n\r\n")[2]
    body.decode("ascii")
    assert max(len(line) for line in body.split(b"\r\n")) <= 78


def test_the_same_message_has_the_same_bytes() -> None:
    assert email() == email()


@pytest.mark.parametrize(
    ("domain", "shop"),
    [
        ("a.io", "aio00"),
        ("mail.cast-and-iron-kitchenware.example", "mailcastandiron"),
        ("xn--bcher-kva.example", "xnbcherkvaexamp"),
    ],
)
def test_the_sender_id_of_a_feedback_id_has_five_to_fifteen_characters(domain: str, shop: str) -> None:
    assert f"Feedback-ID: win-back:2:marketing:{shop}" in headers_of(email(sender=f"hello@{domain}"))


def test_a_transactional_email_has_no_list_headers() -> None:
    headers = headers_of(email(replace(DRAFT, purpose=Purpose.TRANSACTIONAL), unsubscribe_url=None))
    assert "Feedback-ID: win-back:2:transactional:shopexample" in headers
    assert not [line for line in headers if line.startswith("List-")]
    assert "Auto-Submitted: auto-generated" in headers
    assert "Auto-Submitted: auto-generated" not in headers_of(email())


def test_an_international_address_is_not_encoded() -> None:
    raw = email(replace(DRAFT, recipient=replace(ADA, address="jürgen@example.com")))
    assert "To: jürgen@example.com".encode() in raw.split(b"\r\n")


INJECTIONS = [
    "hi\r\nBcc: eve@evil.example",
    "hi\nBcc: eve@evil.example",
    "hi\rBcc: eve@evil.example",
    "=?utf-8?q?hi=0D=0ABcc=3A_eve=40evil.example?=",
    "=?utf-8?b?aGkNCkJjYzogZXZlQGV2aWwuZXhhbXBsZQ==?=",
    "=?utf-8?q?hi?= =?utf-8?q?=0ABcc=3A_eve=40evil.example?=",
    "=?nonsense?q?hi=0D=0ABcc=3A_eve?=",
    "hi\x00there",
    "hi\u2028there",
    "hi\ud800there",
    "x" * 999,
]


@pytest.mark.parametrize("value", INJECTIONS, ids=ascii)
def test_a_subject_cannot_inject_a_header(value: str) -> None:
    with pytest.raises(UnsafeHeader, match="Subject") as caught:
        email(subject=value)
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize("value", INJECTIONS[:5], ids=ascii)
def test_a_display_name_cannot_inject_a_header(value: str) -> None:
    with pytest.raises(UnsafeHeader, match="From"):
        email(sender=f'"{value}" <hello@shop.example>')


def test_a_harmless_encoded_word_is_accepted() -> None:
    parsed = BytesParser(policy=policy.default).parsebytes(email(subject="=?utf-8?q?Caf=C3=A9?="))
    assert parsed["Subject"] == "Café"
