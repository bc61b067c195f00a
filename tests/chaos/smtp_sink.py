"""An SMTP server that counts by Message-ID, and now and then refuses or never answers."""

import asyncio
from collections.abc import Callable
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

from localstack.servers.mail_server import ACCEPTED, MailServer, ReceivedMail
from localstack.servers.ports import reserve_port
from tests.chaos.arrivals import Arrivals
from tests.chaos.fates import Fate, Fates


class SmtpSink:
    """Plain SMTP: whatever is taken arrives, as often as it is taken."""

    name = "plain SMTP"
    honours_keys = False

    def __init__(self, directory: Path, random: Random, too_late: float) -> None:
        self.arrivals = Arrivals(directory / "arrived")
        self.fates = Fates(random, Fate.ANSWERED, Fate.ANSWERED_LATE, Fate.REFUSED)
        self.asked_again = 0
        self._too_late = too_late
        self._port = reserve_port("SMTP_PORT", None, 1025)
        self._server = MailServer(self._port.number, directory / "mail", self._receive)

    @property
    def settings(self) -> dict[str, Any]:
        """Values for `Settings`."""
        return {"email_url": self._server.url}

    async def _receive(self, message: ReceivedMail, _keep: Callable[[], Path]) -> str:
        fate = self.fates.draw()
        await asyncio.sleep(self.fates.moment())
        if fate is Fate.REFUSED:
            return "451 4.3.2 later"
        headers = BytesHeaderParser(policy=policy.default).parsebytes(message.raw)
        key = headers["Message-ID"].strip("<>").partition("@")[0]
        self.asked_again += self.arrivals.of(key) > 0
        self.arrivals.add(key, headers["Subject"], message.raw)
        await asyncio.sleep(self._too_late if fate is Fate.ANSWERED_LATE else self.fates.moment())
        return ACCEPTED

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._server.stop()
        self._port.release()
