"""Text messages as files."""

import json
from pathlib import Path

import pytest

from activities.delivery.answers import TryLater
from activities.delivery.providers.file_outbox import FileOutbox
from activities.delivery.sms_port import OutgoingText

MESSAGE = OutgoingText("cd" * 32, "+447400123456", "Grüße für Ада 👋")


def only_file(directory: Path) -> Path:
    [file] = directory.iterdir()
    return file


async def test_a_message_becomes_a_file_that_does_not_tell_the_number(tmp_path: Path) -> None:
    accepted = await FileOutbox(tmp_path / "sms").send(MESSAGE)

    file = only_file(tmp_path / "sms")
    assert file.name == f"{MESSAGE.message_key}.json"
    assert json.loads(file.read_text()) == {"to": "+447400123456", "text": MESSAGE.text, "segments": 1}
    assert (accepted.provider, accepted.provider_message_id) == ("file", MESSAGE.message_key)


async def test_a_repeated_send_changes_nothing(tmp_path: Path) -> None:
    outbox = FileOutbox(tmp_path)
    await outbox.send(MESSAGE)
    await outbox.send(OutgoingText(MESSAGE.message_key, MESSAGE.recipient, "something else"))
    file = only_file(tmp_path)
    assert json.loads(file.read_text())["text"] == MESSAGE.text


async def test_no_room_is_later(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TryLater, match="takes no files"):
        await FileOutbox(tmp_path / "file").send(MESSAGE)
