"""A missing message, an unexpected one, and one without its file are reported."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.customers.records import CustomerRecord, StoredEvent, StoredMessage
from lifecycle.messages import MessageStatus
from lifecycle.states import State
from localstack.demo.actions import delivered_twice, signs_up
from localstack.demo.check import problems
from localstack.demo.steps import DemoCustomer, DemoStep, ExpectedMessage

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MAIL_KEY, TEXT_KEY = "ab" * 32, "cd" * 32
ADA = DemoCustomer(
    name="Ada Adams",
    email="ada@example.com",
    shopify_id=1,
    about="gets a mail and a text message",
    steps=(
        DemoStep(
            "visits",
            State.VISITOR,
            messages=(ExpectedMessage("hello"), ExpectedMessage("hello-sms")),
            action=delivered_twice(signs_up()),
        ),
    ),
)
ACCOUNT, CONSENT = "shopify:customers/create:1", "shopify:customers_email_marketing_consent/update:1"


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    """A directory with the mail that ADA expects."""
    (tmp_path / "0001-hello.eml").write_text(f"Message-ID: <{MAIL_KEY[:40]}@shop.example>\r\n\r\nHello!\r\n")
    return tmp_path


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A directory with the text message that ADA expects."""
    (tmp_path / f"{TEXT_KEY}.json").write_text(json.dumps({"text": "Hello!"}))
    return tmp_path


def test_everything_was_sent(mails: Path, texts: Path) -> None:
    assert list(problems(ADA, _record(_mail(), _text()), mails, texts)) == []


def test_a_planned_message_is_neither_missing_nor_unexpected(mails: Path, texts: Path) -> None:
    planned = _message("later", "EMAIL", "ef" * 32, MessageStatus.PLANNED)
    assert list(problems(ADA, _record(_mail(), _text(), planned), mails, texts)) == []


def test_a_missing_message(mails: Path, texts: Path) -> None:
    assert list(problems(ADA, _record(_mail()), mails, texts)) == ["Ada: hello-sms 1 SENT is missing"]


def test_a_failed_message_is_missing_and_unexpected(mails: Path, texts: Path) -> None:
    failed = _message("hello", "EMAIL", MAIL_KEY, MessageStatus.FAILED)
    assert list(problems(ADA, _record(failed, _text()), mails, texts)) == [
        "Ada: hello 1 SENT is missing",
        "Ada: hello 1 FAILED is not in the scenario",
    ]


def test_a_message_twice(mails: Path, texts: Path) -> None:
    (mails / "0002-hello.eml").write_text((mails / "0001-hello.eml").read_text())
    assert list(problems(ADA, _record(_mail(), _text()), mails, texts)) == [
        "Ada: hello 1 was sent, and there are 2 files of it"
    ]


def test_a_text_message_without_its_file(mails: Path, tmp_path: Path) -> None:
    assert list(problems(ADA, _record(_mail(), _text()), mails, tmp_path / "nothing")) == [
        "Ada: hello-sms 1 was sent, and there are 0 files of it"
    ]


def test_a_duplicate_that_became_an_event(mails: Path, texts: Path) -> None:
    events = (_event(ACCOUNT), _event(CONSENT), _event(f"{CONSENT}:again"), _event("check:1", "RECEIVED"))
    assert list(problems(ADA, _record(_mail(), _text(), events=events), mails, texts)) == [
        "Ada: 2 webhooks became 3 events"
    ]


def test_an_event_that_was_refused(mails: Path, texts: Path) -> None:
    events = (_event(ACCOUNT), _event(CONSENT, "REFUSED"))
    assert list(problems(ADA, _record(_mail(), _text(), events=events), mails, texts)) == ["Ada: VISITED is REFUSED"]


def _event(event_id: str, status: str = "APPLIED") -> StoredEvent:
    return StoredEvent(event_id, "VISITED", NOW, status, None, None)


def _mail() -> StoredMessage:
    return _message("hello", "EMAIL", MAIL_KEY, MessageStatus.SENT)


def _text() -> StoredMessage:
    return _message("hello-sms", "SMS", TEXT_KEY, MessageStatus.SENT)


def _message(slug: str, channel: str, key: str, status: MessageStatus) -> StoredMessage:
    return StoredMessage(
        message_key=key,
        slug=slug,
        step=1,
        name=slug,
        channel=channel,
        trigger_event="ORDER_PAID",
        occurrence="1001",
        triggered_at=NOW,
        planned_at=NOW,
        due_at=NOW,
        expires_at=NOW,
        sent_at=NOW if status is MessageStatus.SENT else None,
        status=status,
        reason=None,
        attempts=0,
        provider=None,
        provider_message_id=None,
    )


def _record(*messages: StoredMessage, events: tuple[StoredEvent, ...] | None = None) -> CustomerRecord:
    stored = (_event(ACCOUNT), _event(CONSENT)) if events is None else events
    return CustomerRecord(profile=None, suppressions=(), events=stored, steps=(), messages=messages)
