"""Sends whose responses get lost, by the provider or by a worker that is killed."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from activities.delivery.email_port import OutgoingEmail
from activities.delivery.submission_result import OutcomeUnknown, SubmissionResult
from localstack.servers.mail_server import ReceivedMail, accept
from tests.activities.delivery.conftest import PostOffice


class ProviderWithKeys:
    """A provider that honours idempotency keys; its first response may get lost."""

    def __init__(self, window: timedelta = timedelta(hours=24), *, loses_first_response: bool = False) -> None:
        self.key_window: timedelta | None = window
        self.arrived: dict[str, bytes] = {}
        self.calls: list[bytes] = []
        self._loses = loses_first_response

    async def send(self, message: OutgoingEmail) -> SubmissionResult:
        self.calls.append(message.content)
        self.arrived.setdefault(message.message_key, message.content)
        if self._loses and len(self.calls) == 1:
            raise OutcomeUnknown("the response was lost")
        return SubmissionResult("keyed", "id-1")

    async def close(self) -> None:
        pass


async def kill_while_sending(post: PostOffice) -> None:
    """Kill the worker after the server accepted the message and before it responded."""
    taken = asyncio.Event()

    async def accept_without_response(_message: ReceivedMail, keep: Callable[[], Path]) -> str:
        keep()
        taken.set()
        await asyncio.Event().wait()
        return ""

    post.mail.behaviour = accept_without_response
    sending = asyncio.create_task(post.deliver())
    await taken.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    post.mail.behaviour = accept
    assert (await post.row())["status"] == "CLAIMED"
