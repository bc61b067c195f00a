"""The bytes of an e-mail, and headers that want to be more than one."""

from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser

import pytest

from activities.content.mail import Mail, UnsafeHeader, compose
from lifecycle.campaigns import Purpose

MAIL = Mail(
    message_key="ab" * 32,
    sender="Cast & Iron <hello@shop.example>",
    recipient="ada@example.com",
    subject="Grüße aus der Küche, " * 8 + "Ada",
    text="Grüße\n" + "long " * 300,
    html="<p>Grüße</p>",
    now=datetime(2026, 11, 22, 10, 15, tzinfo=UTC),
    campaign="win-back",
    step=2,
    purpose=Purpose.MARKETING,
    unsubscribe_url="https://mail.shop.example/" + "u" * 150,
)


def headers_of(mail: Mail) -> list[str]:
    return compose(mail).partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


def test_every_header_is_one_line_that_no_library_broke() -> None:
    headers = headers_of(MAIL)
    assert f"List-Unsubscribe: <{MAIL.unsubscribe_url}>" in headers
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in headers
    assert "List-Id: <win-back.shop.example>" in headers
    assert f"Message-ID: <{'ab' * 20}@shop.example>" in headers
    assert "Feedback-ID: win-back:2:marketing:shopexample" in headers
    assert "Date: Sun, 22 Nov 2026 10:15:00 +0000" in headers
    assert not [line for line in headers if line.startswith((" ", "\t")) or len(line) > 998]


def test_what_is_read_is_what_was_written() -> None:
    parsed = BytesParser(policy=policy.default).parsebytes(compose(MAIL))
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert parsed["Subject"] == MAIL.subject
    assert text is not None
    assert html is not None
    assert text.get_content().split() == MAIL.text.split()
    assert html.get_content().strip() == MAIL.html
    assert parsed.get_content_type() == "multipart/alternative"


def test_the_body_is_seven_bit_clean_and_its_lines_are_short() -> None:
    body = compose(MAIL).partition(b"\r\n\r\n")[2]
    body.decode("ascii")
    assert max(len(line) for line in body.split(b"\r\n")) <= 78


def test_the_same_message_has_the_same_bytes() -> None:
    assert compose(MAIL) == compose(MAIL)


@pytest.mark.parametrize(
    ("domain", "shop"),
    [
        ("a.io", "aio00"),
        ("mail.cast-and-iron-kitchenware.example", "mailcastandiron"),
        ("xn--bcher-kva.example", "xnbcherkvaexamp"),
    ],
)
def test_a_feedback_id_names_the_shop_in_five_to_fifteen_letters(domain: str, shop: str) -> None:
    assert f"Feedback-ID: win-back:2:marketing:{shop}" in headers_of(replace(MAIL, sender=f"hello@{domain}"))


def test_transactional_mail_is_no_list() -> None:
    headers = headers_of(replace(MAIL, purpose=Purpose.TRANSACTIONAL, unsubscribe_url=None))
    assert "Feedback-ID: win-back:2:transactional:shopexample" in headers
    assert not [line for line in headers if line.startswith("List-")]
    assert "Auto-Submitted: auto-generated" in headers
    assert "Auto-Submitted: auto-generated" not in headers_of(MAIL)


def test_an_international_address_is_not_encoded() -> None:
    raw = compose(replace(MAIL, recipient="jürgen@example.com"))
    assert "To: jürgen@example.com".encode() in raw.split(b"\r\n")


SMUGGLED = [
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


@pytest.mark.parametrize("value", SMUGGLED, ids=ascii)
def test_a_subject_brings_no_other_header(value: str) -> None:
    with pytest.raises(UnsafeHeader, match="Subject") as caught:
        compose(replace(MAIL, subject=value))
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize("value", SMUGGLED[:5], ids=ascii)
def test_neither_does_a_display_name(value: str) -> None:
    with pytest.raises(UnsafeHeader, match="From"):
        compose(replace(MAIL, sender=f'"{value}" <hello@shop.example>'))


def test_an_encoded_word_that_is_harmless_is_read() -> None:
    parsed = BytesParser(policy=policy.default).parsebytes(compose(replace(MAIL, subject="=?utf-8?q?Caf=C3=A9?=")))
    assert parsed["Subject"] == "Café"
