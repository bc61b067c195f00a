"""A Resend that counts by idempotency key, and now and then refuses, loses its answer or answers wrongly."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr

from tests.activities.delivery.providers.fake_resend import API_KEY, FakeResend, FakeResponse, Request, refusal
from tests.chaos.arrivals import Arrivals
from tests.chaos.fates import Fate, Fates


class ResendSink:
    """An idempotent provider: what comes again under the same key is answered again, and arrives once."""

    name = "Resend"
    honours_keys = True

    def __init__(self, directory: Path, random: Random, too_late: float) -> None:
        self.arrivals = Arrivals(directory / "arrived")
        self.fates = Fates(random, *Fate)
        self.asked_again = 0
        self._too_late = too_late
        self._server = FakeResend(behaviour=self._receive)

    @property
    def settings(self) -> dict[str, Any]:
        """Values for `Settings`."""
        return {
            "email_url": "resend://",
            "resend_api_key": SecretStr(API_KEY),
            "resend_api_url": self._server.url,
        }

    async def _receive(self, request: Request, take: Callable[[], FakeResponse]) -> FakeResponse | None:
        fate = self.fates.draw()
        await asyncio.sleep(self.fates.moment())
        if fate is Fate.REFUSED:
            return refusal(429, "rate_limit_exceeded")
        answer = self._taken(request, take)
        await asyncio.sleep(self._too_late if fate is Fate.ANSWERED_LATE else self.fates.moment())
        if fate is Fate.ANSWERED_WRONGLY:
            return refusal(500, "internal_server_error")
        return None if fate is Fate.ANSWER_LOST else answer

    def _taken(self, request: Request, take: Callable[[], FakeResponse]) -> FakeResponse:
        """An e-mail goes out unless its key went out before; one without a key goes out in any case."""
        known = request.key in self._server.emails
        answer = take()
        self.asked_again += known
        if answer.status == 200 and not known:
            self.arrivals.add(request.key or "", json.loads(request.body)["subject"], request.body)
        return answer

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._server.stop()
