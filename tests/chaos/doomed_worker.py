"""The real worker in a process that ends itself with kill -9 at a chosen moment of a message's life.

It differs from the real one in this: its statements and its submissions are watched from outside, and three waits are
shorter, so that hundreds of deaths fit into minutes: how long a dead worker's claim outlives the hard time-out of a
send, how long its activity is waited for, and the pause after two minutes of vain attempts.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from multiprocessing import parent_process
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.delivery import MessageDelivery
from activities.delivery.build import build_composer, build_email, build_limits, build_sms
from activities.delivery.recipient import Recipients
from activities.delivery.submission import Submission
from activities.delivery.submission_result import SubmissionResult
from db.messages.claims import MessageClaims, MessageRecord, Rendered
from lifecycle import gate
from lifecycle.campaigns import Channel
from settings import Settings, load_settings
from structured_logs import configure_logs
from tests.chaos.arrivals import arrived
from tests.chaos.windows import Death, Doom, Window, note
from worker import run
from workflows import timeouts

LEASE_MARGIN = timedelta(seconds=1)
HEARTBEAT = timedelta(seconds=5)
PAUSE = timedelta(seconds=5)
GLANCE_SECONDS = 0.005


@dataclass
class Fatality:
    """Waits for the moment of a doom; `directory` is where the provider shows what it has."""

    doom: Doom | None
    directory: Path
    deaths: Path
    _purposes: dict[str, str] = field(default_factory=dict)
    _passed: int = 0

    def knows(self, key: str, found: MessageRecord) -> None:
        """What kind of message it is, which the submission does not know."""
        self._purposes[key] = found.campaign["purpose"]

    def waits_for_provider(self, key: str) -> bool:
        """Whether this process may end while the provider has the message; not once it had it before."""
        return self._concerns(Window.BEFORE_ANSWER, key) and not arrived(self.directory, key)

    def at(self, window: Window, key: str) -> None:
        """A message passes through a window; this may be the end."""
        if self._concerns(window, key):
            assert self.doom is not None
            self._passed += 1
            if self._passed >= self.doom.nth:
                note(self.deaths, Death(self.doom.purpose, window, key, arrived(self.directory, key)))
                os.kill(os.getpid(), signal.SIGKILL)

    def _concerns(self, window: Window, key: str) -> bool:
        return self.doom is not None and (window, self._purposes[key]) == (self.doom.window, self.doom.purpose)


class WatchedMessages(MessageClaims):
    """The statements, with the end of the process before or after them."""

    def __init__(self, fatality: Fatality, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self._fatality = fatality

    async def claim(
        self, key: str, fence: str, lease: timedelta, rendered: Rendered, *, as_found: MessageRecord
    ) -> bool:
        """A first claim."""
        self._before_claim(key, as_found)
        return self._after_claim(key, await super().claim(key, fence, lease, rendered, as_found=as_found))

    async def claim_again(self, key: str, fence: str, lease: timedelta, *, as_found: MessageRecord) -> bool:
        """A claim of what another left behind."""
        self._before_claim(key, as_found)
        return self._after_claim(key, await super().claim_again(key, fence, lease, as_found=as_found))

    async def mark_sent(self, key: str, fence: str, *sent: Any) -> bool:
        """The mark of a message that was accepted."""
        self._fatality.at(Window.AFTER_ANSWER, key)
        marked = await super().mark_sent(key, fence, *sent)
        self._fatality.at(Window.AFTER_MARK, key)
        return marked

    def _before_claim(self, key: str, found: MessageRecord) -> None:
        self._fatality.knows(key, found)
        self._fatality.at(Window.BEFORE_CLAIM, key)

    def _after_claim(self, key: str, claimed: bool) -> bool:
        if claimed:
            self._fatality.at(Window.AFTER_CLAIM, key)
        return claimed


class WatchedSubmission(Submission):
    """The submission, with the end of the process between the provider's acceptance and its response."""

    def __init__(self, fatality: Fatality, *ports: Any) -> None:
        super().__init__(*ports)
        self._fatality = fatality

    async def submit(self, key: str, channel: Channel, rendered: Rendered) -> SubmissionResult:
        """Submit once."""
        if not self._fatality.waits_for_provider(key):
            return await super().submit(key, channel, rendered)
        sending = asyncio.ensure_future(super().submit(key, channel, rendered))
        while not sending.done():
            if arrived(self._fatality.directory, key):
                self._fatality.at(Window.BEFORE_ANSWER, key)
                break
            await asyncio.sleep(GLANCE_SECONDS)
        return await sending


def watched_delivery(fatality: Fatality, engine: AsyncEngine, settings: Settings) -> MessageDelivery:
    """The delivery activity, watched, with a shorter lease."""
    composer = build_composer(engine, settings)
    timeout = timedelta(seconds=settings.delivery_timeout_seconds)
    ports = build_email(settings), build_sms(settings)
    return MessageDelivery(
        WatchedMessages(fatality, engine),
        composer,
        WatchedSubmission(fatality, *ports, composer.sender, timeout),
        rules=settings.sending_rules(),
        recipients=Recipients(settings.recipient_allow_list),
        limits=build_limits(engine, settings),
        lease_margin=LEASE_MARGIN,
    )


def live(environment: Mapping[str, str], log: Path, fatality: Fatality) -> None:
    """Be a worker with these variables, until its doom; the whole life of a process."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with log.open("ab") as output:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(output.fileno(), stream.fileno())
    os.environ.update(environment)
    settings = load_settings()
    configure_logs(settings.log_level)
    hurried = patch.object(timeouts, "DELIVERY_HEARTBEAT", HEARTBEAT)
    with hurried, patch.object(gate, "FIRST_PAUSE", PAUSE):
        asyncio.run(run(settings, partial(watched_delivery, fatality)))


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
