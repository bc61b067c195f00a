"""E-mail over SMTP. Errors depend on how far each session came.

Before DATA nothing can have been sent; after DATA, without a response, the outcome is unknown.
"""

import asyncio
import re
import ssl
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.loopback import is_loopback
from activities.delivery.providers.smtp_connections import IdleConnections, SmtpConnection, closed_if_failed
from activities.delivery.submission_result import OutcomeUnknown, SendRejected, SubmissionResult, TemporaryFailure

PROVIDER = "smtp"
SCHEMES = frozenset({"smtp", "smtp+starttls", "smtps"})
MAX_CONNECTIONS = 10
IDLE_SHARE = 0.25
"""Share of the time-out in which an idle connection must respond; the rest is for a new connection."""

CLOSING_DOWN = 421
MAILBOX_ERRORS = frozenset({550, 551, 553})
ENHANCED_CODE = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}\b")
STAGES: dict[type[SMTPResponseException], str] = {
    SMTPSenderRefused: "the sender",
    SMTPRecipientRefused: "the recipient",
    SMTPDataError: "the message",
}


class SmtpEmail:
    """Sends through the server at a URL: `smtp://user:password@host:587`, or `smtps://` for TLS from the start.

    `smtp+starttls://` requires STARTTLS; `smtp://` uses it if the server offers it, and requires it if there is a
    password to protect. `timeout` is for the whole session. Certificates are verified by `tls_context`, by default
    against the system's authorities. `idle` holds the connections between messages.
    """

    key_window: timedelta | None = None

    def __init__(
        self,
        url: str,
        timeout: timedelta,
        tls_context: ssl.SSLContext | None = None,
        *,
        max_connections: int = MAX_CONNECTIONS,
        idle: IdleConnections | None = None,
        idle_share: float = IDLE_SHARE,
        connection_type: type[SmtpConnection] = SmtpConnection,
        is_local: Callable[[str], bool] = is_loopback,
    ) -> None:
        address = urlsplit(url)
        if address.scheme not in SCHEMES or not address.hostname:
            raise ValueError("the URL of an SMTP server must begin with smtp://, smtp+starttls:// or smtps://")
        self._host = address.hostname
        self._port = address.port
        self._user = unquote(address.username) if address.username else None
        self._password = unquote(address.password) if address.password else None
        self._encrypted = address.scheme == "smtps"
        has_password_to_protect = self._password is not None and not is_local(self._host)
        self._requires_tls = not self._encrypted and (address.scheme == "smtp+starttls" or has_password_to_protect)
        self._tls_context = tls_context
        self._timeout = timeout.total_seconds()
        self._slots = asyncio.Semaphore(max_connections)
        self._idle = idle or IdleConnections()
        self._idle_share = idle_share
        self._connection_type = connection_type

    async def send(self, message: OutgoingEmail) -> SubmissionResult:
        """Send one message, its bytes unchanged."""
        data_sent = False
        try:
            async with asyncio.timeout(self._timeout), self._slots:
                connection = await self._addressed(message)
                data_sent = True
                with closed_if_failed(connection):
                    response = await connection.data(message.content)
                self._idle.keep(connection)
        except SMTPResponseException as error:
            raise _error(error, data_sent=data_sent) from None
        except (SMTPException, OSError) as error:
            if data_sent:
                raise OutcomeUnknown(f"no response after DATA ({type(error).__name__})") from None
            raise TemporaryFailure(f"no session with the mail server ({type(error).__name__})") from None
        except ValueError:
            raise SendRejected("the address cannot be encoded in SMTP", hard_bounce=True) from None
        return SubmissionResult(PROVIDER, _queue_id(response.message))

    async def close(self) -> None:
        """Close the idle connections."""
        await self._idle.close()

    async def _addressed(self, message: OutgoingEmail) -> SmtpConnection:
        """A connection after MAIL and RCPT: the server expects DATA, and has nothing of the message yet."""
        idle = self._idle.take()
        if idle is not None:
            try:
                async with asyncio.timeout(self._timeout * self._idle_share):
                    return await _address(idle, message)
            except SMTPResponseException as error:
                if error.code != CLOSING_DOWN:
                    raise
            # The server closed the connection while it was idle: this is not a failed attempt to send the message.
            except (SMTPException, OSError):
                pass
        fresh = self._connection(message.sender)
        await fresh.connect()
        return await _address(fresh, message)

    def _connection(self, sender: str) -> SmtpConnection:
        return self._connection_type(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._encrypted,
            start_tls=True if self._requires_tls else None,
            tls_context=self._tls_context,
            local_hostname=sender.rpartition("@")[2],
            timeout=self._timeout,
        )


async def _address(connection: SmtpConnection, message: OutgoingEmail) -> SmtpConnection:
    with closed_if_failed(connection):
        options: list[str] = []
        encoding = "ascii"
        if not (message.recipient.isascii() and message.sender.isascii()):
            if not connection.supports_extension("smtputf8"):
                raise SendRejected("the mail server does not support international addresses")
            options, encoding = ["SMTPUTF8"], "utf-8"
        await connection.mail(message.sender, options=options, encoding=encoding)
        await connection.rcpt(message.recipient, encoding=encoding)
    return connection


def _error(error: SMTPResponseException, *, data_sent: bool) -> Exception:
    """The meaning of a reply code. Errors contain codes only: the server's text may quote the address."""
    found = ENHANCED_CODE.match(error.message)
    code = f"{error.code} {found.group()}" if found else str(error.code)
    stage = STAGES.get(type(error))
    if data_sent and not 400 <= error.code < 600:
        return OutcomeUnknown(f"unexpected response after DATA ({code})")
    if stage is None:
        return TemporaryFailure(f"the mail server refused the session ({code})")
    if error.code >= 500:
        return SendRejected(
            f"{stage} was rejected ({code})", hard_bounce=_is_hard_bounce(error, found and found.group())
        )
    return TemporaryFailure(f"{stage} was temporarily rejected ({code})")


def _is_hard_bounce(error: SMTPResponseException, enhanced: str | None) -> bool:
    """Whether the address does not exist. The enhanced code is preferred: the basic one may also mean a policy."""
    if enhanced is not None:
        return enhanced.startswith("5.1.")
    return isinstance(error, SMTPRecipientRefused) and error.code in MAILBOX_ERRORS


def _queue_id(response: str) -> str | None:
    """The server's id of the message, as most servers give it: `2.0.0 Ok: queued as 4XyZ`."""
    found = re.search(r"queued as ([A-Za-z0-9._-]{1,200})", response, re.IGNORECASE)
    return found.group(1) if found else None
