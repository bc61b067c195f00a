"""Text messages as files: what development and the demo have instead of a carrier."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from activities.content.sms_segments import segments
from activities.delivery.answers import Accepted, TryLater
from activities.delivery.providers.whole_file import write_once
from activities.delivery.sms_port import OutgoingText

PROVIDER = "file"


class FileOutbox:
    """Writes each message to `<message key>.json` in a directory; a repeated send finds it there and changes nothing.

    The file holds `to`, `text` and `segments`. `provider` is the name that the log gives it.
    """

    key_window: timedelta | None = timedelta(days=3650)

    def __init__(self, directory: Path, provider: str = PROVIDER) -> None:
        self._directory = directory
        self._provider = provider

    async def send(self, message: OutgoingText) -> Accepted:
        """Write one message. Raises `TryLater` when the directory takes no files."""
        body = {"to": message.recipient, "text": message.text, "segments": segments(message.text)}
        content = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
        try:
            await asyncio.to_thread(write_once, self._directory / f"{message.message_key}.json", content.encode())
        except OSError as error:
            raise TryLater(f"the outbox takes no files ({type(error).__name__})") from None
        return Accepted(self._provider, message.message_key)

    async def close(self) -> None:
        """Nothing is kept open."""
