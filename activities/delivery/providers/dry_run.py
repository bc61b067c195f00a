"""A dry run: everything is done but the sending. Messages become files, and the log says so."""

import asyncio
from datetime import timedelta
from pathlib import Path

from activities.delivery.answers import Accepted, TryLater
from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.file_outbox import FileOutbox
from activities.delivery.providers.whole_file import write_once

PROVIDER = "dry-run"


class DryRunEmail:
    """Writes each e-mail to `<message key>.eml` in a directory, byte by byte as it would have gone out.

    A repeated send finds it there and changes nothing.
    """

    key_window: timedelta | None = timedelta(days=3650)

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def send(self, message: OutgoingEmail) -> Accepted:
        """Write one message. Raises `TryLater` when the directory takes no files."""
        try:
            await asyncio.to_thread(write_once, self._directory / f"{message.message_key}.eml", message.content)
        except OSError as error:
            raise TryLater(f"the dry run's directory takes no files ({type(error).__name__})") from None
        return Accepted(PROVIDER, message.message_key)

    async def close(self) -> None:
        """Nothing is kept open."""


def dry_run_sms(directory: Path) -> FileOutbox:
    """Text messages as `<message key>.json` in the same directory."""
    return FileOutbox(directory, PROVIDER)
