"""Text messages as files."""

import json
from pathlib import Path

import pytest

from activities.delivery.providers.file_outbox import FileOutbox
from activities.delivery.sms_port import OutgoingSms
from activities.delivery.submission_result import TemporaryFailure

MESSAGE = OutgoingSms("cd" * 32, "+447400123456", "Grüße für Ада 👋")


def only_file(directory: Path) -> Path:
    [file] = directory.iterdir()
    return file


async def test_the_name_of_the_file_does_not_contain_the_number(tmp_path: Path) -> None:
    accepted = await FileOutbox(tmp_path / "sms").send(MESSAGE)

    file = only_file(tmp_path / "sms")
    assert file.name == f"{MESSAGE.message_key}.json"
    assert json.loads(file.read_text()) == {"to": "+447400123456", "text": MESSAGE.text, "segments": 1}
    assert (accepted.provider, accepted.provider_message_id) == ("file", MESSAGE.message_key)


async def test_sending_again_changes_nothing(tmp_path: Path) -> None:
    outbox = FileOutbox(tmp_path)
    await outbox.send(MESSAGE)
    await outbox.send(OutgoingSms(MESSAGE.message_key, MESSAGE.recipient, "something else"))
    file = only_file(tmp_path)
    assert json.loads(file.read_text())["text"] == MESSAGE.text


async def test_an_unwritable_directory_is_a_temporary_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TemporaryFailure, match="is not writable"):
        await FileOutbox(tmp_path / "file").send(MESSAGE)
