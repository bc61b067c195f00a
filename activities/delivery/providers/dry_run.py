"""A dry run: messages are written to files instead of being sent."""

import asyncio
from datetime import timedelta
from pathlib import Path

from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.file_outbox import FileOutbox, write_once
from activities.delivery.submission_result import SubmissionResult, TemporaryFailure

PROVIDER = "dry-run"


class DryRunEmail:
    """Writes each e-mail to `<message key>.eml` in a directory, the exact bytes that would have been sent.

    Sending a message again changes nothing.
    """

    key_window: timedelta | None = timedelta(days=3650)

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def send(self, message: OutgoingEmail) -> SubmissionResult:
        """Write one message. Raises `TemporaryFailure` if the file cannot be written."""
        try:
            await asyncio.to_thread(write_once, self._directory / f"{message.message_key}.eml", message.content)
        except OSError as error:
            raise TemporaryFailure(f"the dry-run directory is not writable ({type(error).__name__})") from None
        return SubmissionResult(PROVIDER, message.message_key)

    async def close(self) -> None:
        """Nothing to close."""


def dry_run_sms(directory: Path) -> FileOutbox:
    """An SMS port that writes `<message key>.json` to the same directory."""
    return FileOutbox(directory, PROVIDER)
