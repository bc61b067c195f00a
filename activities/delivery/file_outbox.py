"""Text messages as files: what development and the demo have instead of a carrier."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from activities.content.sms_segments import segments
from activities.delivery.answers import Accepted, TryLater
from activities.delivery.sms_port import OutgoingText

PROVIDER = "file"


class FileOutbox:
    """Writes each message to `<message key>.json` in a directory; a repeated send finds it there and changes nothing.

    The file holds `to`, `text` and `segments`.
    """

    key_window: timedelta | None = timedelta(days=3650)

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def send(self, message: OutgoingText) -> Accepted:
        """Write one message. Raises `TryLater` when the directory takes no files."""
        try:
            await asyncio.to_thread(self._write, message)
        except OSError as error:
            raise TryLater(f"the outbox takes no files ({type(error).__name__})") from None
        return Accepted(PROVIDER, message.message_key)

    def _write(self, message: OutgoingText) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        file = self._directory / f"{message.message_key}.json"
        if file.exists():
            return
        body = {"to": message.recipient, "text": message.text, "segments": segments(message.text)}
        # Renamed when complete: whoever watches the directory never reads half a message.
        unfinished = file.with_suffix(".part")
        unfinished.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        unfinished.rename(file)
