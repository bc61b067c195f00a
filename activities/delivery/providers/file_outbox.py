"""Messages as files, for development, the demo and dry runs."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from activities.content.sms_segments import count_segments
from activities.delivery.sms_port import OutgoingSms
from activities.delivery.submission_result import SubmissionResult, TemporaryFailure

PROVIDER = "file"


class FileOutbox:
    """Writes each text message to `<message key>.json` in a directory; sending it again changes nothing.

    The file holds `to`, `text` and `segments`. `provider` is the name stored in the log.
    """

    key_window: timedelta | None = timedelta(days=3650)

    def __init__(self, directory: Path, provider: str = PROVIDER) -> None:
        self._directory = directory
        self._provider = provider

    async def send(self, message: OutgoingSms) -> SubmissionResult:
        """Write one message. Raises `TemporaryFailure` if the file cannot be written."""
        body = {"to": message.recipient, "text": message.text, "segments": count_segments(message.text)}
        content = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
        try:
            await asyncio.to_thread(write_once, self._directory / f"{message.message_key}.json", content.encode())
        except OSError as error:
            raise TemporaryFailure(f"the outbox is not writable ({type(error).__name__})") from None
        return SubmissionResult(self._provider, message.message_key)

    async def close(self) -> None:
        """Nothing to close."""


def write_once(file: Path, content: bytes) -> None:
    """Write a file atomically, and create its directory if needed. An existing file is left unchanged."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():
        return
    unfinished = file.with_suffix(".part")
    unfinished.write_bytes(content)
    unfinished.rename(file)
