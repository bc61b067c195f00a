"""A local SMTP server that stores every message as a file, for development, the demo and tests."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email import policy
from email.parser import BytesHeaderParser
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from localstack.servers.ports import HOST

ACCEPTED = "250 OK"
ADDRESS = re.compile(r"\S*@\S*")


@dataclass(frozen=True)
class ReceivedMail:
    """A message after DATA: the envelope and the unchanged bytes."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes


# What the server answers to a message; `store()` writes it to its file. A test may refuse it ("451 later"), hang, or
# store the message and lose the answer.
MailBehaviour = Callable[[ReceivedMail, Callable[[], Path]], Awaitable[str]]


async def accept(_message: ReceivedMail, store: Callable[[], Path]) -> str:
    """The usual behaviour: store the message and accept it."""
    store()
    return ACCEPTED


class MailServer:
    """An SMTP server on 127.0.0.1 that writes messages to `directory` as `0001-the-subject.eml`.

    `async with` starts it. It runs on the event loop that started it, and `behaviour` may be set at any time.
    """

    def __init__(self, port: int, directory: Path, behaviour: MailBehaviour = accept) -> None:
        self.port = port
        self.url = f"smtp://{HOST}:{port}"
        self.directory = directory
        self.behaviour = behaviour
        self._server: asyncio.Server | None = None
        self._connections: WeakSet[SMTP] = WeakSet()

    def messages(self) -> list[Path]:
        """The files of all messages so far, oldest first."""
        return sorted(self.directory.glob("*.eml"))

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._server = await asyncio.get_running_loop().create_server(self._connection, HOST, self.port)

    async def stop(self) -> None:
        """Stop listening and close open connections. May be called twice."""
        if self._server:
            self._server.close()
            for connection in self._connections:
                if connection.transport:
                    connection.transport.close()
            await self._server.wait_closed()
            self._server = None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer one message; aiosmtpd calls this method by name."""
        message = ReceivedMail(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            raw=envelope.original_content or b"",
        )
        return await self.behaviour(message, partial(self._store, message.raw))

    def _connection(self) -> SMTP:
        connection = SMTP(self, enable_SMTPUTF8=True, hostname="localhost", ident="retention")
        self._connections.add(connection)
        return connection

    def _store(self, raw: bytes) -> Path:
        number = 1 + max((int(path.name.partition("-")[0]) for path in self.messages()), default=0)
        file = self.directory / f"{number:04}-{_file_name(raw)}.eml"
        # Renamed when complete: a reader of the directory must not see an incomplete message.
        unfinished = file.with_suffix(".part")
        unfinished.write_bytes(raw)
        return unfinished.rename(file)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()


def _file_name(raw: bytes) -> str:
    """The subject in plain letters, without any e-mail address."""
    subject = BytesHeaderParser(policy=policy.default).parsebytes(raw).get("Subject", "")
    words = re.findall(r"[a-z0-9]+", ADDRESS.sub(" ", subject).lower())
    return "-".join(words)[:60].strip("-") or "message"
