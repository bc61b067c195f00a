"""E-mail over SMTP, with an exact account of how far each conversation came.

Until the message itself is handed over nothing can have been sent; a silence after that means that nobody knows.
"""

import asyncio
import re
import ssl
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from activities.delivery.answers import Accepted, OutcomeUnknown, Rejected, TryLater
from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.loopback import is_loopback
from activities.delivery.providers.smtp_connections import Connection, KeptConnections, closed_if_failed

PROVIDER = "smtp"
SCHEMES = frozenset({"smtp", "smtp+starttls", "smtps"})
MOST_CONNECTIONS = 10
KEPT_SHARE = 0.25
"""How much of the time-out a kept connection may take to prove alive: the rest is for a new one."""

CLOSING_DOWN = 421
NO_SUCH_MAILBOX = frozenset({550, 551, 553})
ENHANCED_CODE = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}\b")
STAGES: dict[type[SMTPResponseException], str] = {
    SMTPSenderRefused: "the sender",
    SMTPRecipientRefused: "the recipient",
    SMTPDataError: "the message",
}


class SmtpEmail:
    """Sends through the server of an URL: `smtp://user:password@host:587`, or `smtps://` for TLS from the start.

    `smtp+starttls://` insists on going over to TLS; `smtp://` does so where the server offers it, and insists too when
    there is a password to protect. `timeout` is for the whole conversation. Certificates have to be good for
    `tls_context`; without one, for the system's authorities.
    """

    key_window: timedelta | None = None

    def __init__(self, url: str, timeout: timedelta, tls_context: ssl.SSLContext | None = None) -> None:
        address = urlsplit(url)
        if address.scheme not in SCHEMES or not address.hostname:
            raise ValueError("an SMTP server's URL begins with smtp://, smtp+starttls:// or smtps://")
        self._host = address.hostname
        self._port = address.port
        self._user = unquote(address.username) if address.username else None
        self._password = unquote(address.password) if address.password else None
        self._encrypted = address.scheme == "smtps"
        protects_password = self._password is not None and not is_loopback(self._host)
        self._insists = not self._encrypted and (address.scheme == "smtp+starttls" or protects_password)
        self._tls_context = tls_context
        self._timeout = timeout.total_seconds()
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)
        self._kept = KeptConnections()

    async def send(self, message: OutgoingEmail) -> Accepted:
        """Hand over one message; its bytes go out as they are."""
        handing_over = False
        try:
            async with asyncio.timeout(self._timeout), self._places:
                connection = await self._addressed(message)
                handing_over = True
                with closed_if_failed(connection):
                    answer = await connection.data(message.content)
                self._kept.keep(connection)
        except SMTPResponseException as error:
            raise _refusal(error, handing_over=handing_over) from None
        except (SMTPException, OSError) as error:
            if handing_over:
                raise OutcomeUnknown(f"no answer after DATA ({type(error).__name__})") from None
            raise TryLater(f"no conversation with the mail server ({type(error).__name__})") from None
        except ValueError:
            raise Rejected("the address cannot be written in SMTP", hard_bounce=True) from None
        return Accepted(PROVIDER, _first_word_of_queue(answer.message))

    async def close(self) -> None:
        """Close the connections that wait for a message."""
        await self._kept.close()

    async def _addressed(self, message: OutgoingEmail) -> Connection:
        """A connection whose server expects the message. Nothing of the message itself was handed over."""
        kept = self._kept.take()
        if kept is not None:
            try:
                async with asyncio.timeout(self._timeout * KEPT_SHARE):
                    return await _address(kept, message)
            except SMTPResponseException as error:
                if error.code != CLOSING_DOWN:
                    raise
            # The server went away while nobody used the connection: no fault of this message, nor an attempt at it.
            except (SMTPException, OSError):
                pass
        fresh = self._connection(message.sender)
        await fresh.connect()
        return await _address(fresh, message)

    def _connection(self, sender: str) -> Connection:
        return Connection(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._encrypted,
            start_tls=True if self._insists else None,
            tls_context=self._tls_context,
            local_hostname=sender.rpartition("@")[2],
            timeout=self._timeout,
        )


async def _address(connection: Connection, message: OutgoingEmail) -> Connection:
    with closed_if_failed(connection):
        options: list[str] = []
        encoding = "ascii"
        if not (message.recipient.isascii() and message.sender.isascii()):
            if not connection.supports_extension("smtputf8"):
                raise Rejected("the mail server takes no international addresses")
            options, encoding = ["SMTPUTF8"], "utf-8"
        await connection.mail(message.sender, options=options, encoding=encoding)
        await connection.rcpt(message.recipient, encoding=encoding)
    return connection


def _refusal(error: SMTPResponseException, *, handing_over: bool) -> Exception:
    """What a code of three digits means. Only codes are told on: the server's words repeat the address."""
    found = ENHANCED_CODE.match(error.message)
    code = f"{error.code} {found.group()}" if found else str(error.code)
    stage = STAGES.get(type(error))
    if handing_over and not 400 <= error.code < 600:
        return OutcomeUnknown(f"no clear answer after DATA ({code})")
    if stage is None:
        return TryLater(f"the mail server does not let us in ({code})")
    if error.code >= 500:
        return Rejected(f"{stage} was refused ({code})", hard_bounce=_is_hard_bounce(error, found and found.group()))
    return TryLater(f"{stage} was refused for now ({code})")


def _is_hard_bounce(error: SMTPResponseException, enhanced: str | None) -> bool:
    """The address does not exist. An enhanced code knows better than the plain one, which also means a policy."""
    if enhanced is not None:
        return enhanced.startswith("5.1.")
    return isinstance(error, SMTPRecipientRefused) and error.code in NO_SUCH_MAILBOX


def _first_word_of_queue(answer: str) -> str | None:
    """The server's own id, as most write it: `2.0.0 Ok: queued as 4XyZ`."""
    found = re.search(r"queued as ([A-Za-z0-9._-]{1,200})", answer, re.IGNORECASE)
    return found.group(1) if found else None
