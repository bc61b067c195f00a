"""`retention campaign test-send`, from a file and from what is stored."""

from pathlib import Path

import pytest

from localstack.stack.stack import Stack
from tests.fixtures.postgres import connect
from tests.operations.campaigns.lamps import LAMPS
from tests.starter.commands.conftest import Command


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A campaign file."""
    written = tmp_path / "lamps.yaml"
    written.write_text(LAMPS)
    return written


def messages_logged(stack: Stack) -> int:
    assert stack.settings.database_url
    with connect(stack.settings.database_url) as connection:
        found = connection.execute("SELECT count(*) FROM communications_log").fetchone()
    assert found
    return int(found[0])


def test_a_test_is_sent_from_a_file_and_is_not_logged(quick: Command, stack: Stack, file: Path) -> None:
    assert stack.mail
    mails, logged = len(stack.mail.messages()), messages_logged(stack)
    options = ["--file", file, "--step", "1", "--locale", "de", "--variant", "B"]
    sent = quick("campaign", "test-send", "lamp-mail", "--to", "Me@Example.com", *options)
    assert sent.output == "sent: [TEST] Eine Lampe\nTests are not counted in statistics.\n"
    assert len(stack.mail.messages()) == mails + 1
    assert messages_logged(stack) == logged


def test_a_text_message_as_json(quick: Command, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMS_OUTBOX", str(tmp_path / "texts"))
    command = ("campaign", "test-send", "lamp-text", "--file", file, "--to", "+44 1632 960001")
    assert quick(*command, "--json").json == [{"text": "[TEST] Cast & Iron: your lamp is here"}]
    assert quick(*command).output.startswith(f"written to {tmp_path / 'texts'}, because SMS_URL is not set: [TEST] ")


def test_a_wrong_recipient_is_wrong_use(quick: Command, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECIPIENT_ALLOW_LIST", "*@example.com")
    refused = quick("campaign", "test-send", "lamp-mail", "--file", file, "--to", "me@elsewhere.example")
    assert (refused.status, refused.error.count("\n")) == (2, 1)
    assert refused.error.startswith("--to: is not in RECIPIENT_ALLOW_LIST")
