"""E-mail over SMTP: one connection per message, and an exact account of how far it came.

Until the message itself is handed over nothing can have been sent; a silence after that means that nobody knows.
"""

import asyncio
import re
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from activities.delivery.answers import Accepted, OutcomeUnknown, Rejected, TryLater
from activities.delivery.email_port import OutgoingEmail

PROVIDER = "smtp"
GOODBYE_SECONDS = 2
NO_SUCH_MAILBOX = frozenset({550, 551, 553})
ENHANCED_CODE = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}\b")
STAGES: dict[type[SMTPResponseException], str] = {
    SMTPSenderRefused: "the sender",
    SMTPRecipientRefused: "the recipient",
    SMTPDataError: "the message",
}


class SmtpEmail:
    """Sends through the server of an URL: `smtp://user:password@host:587`, or `smtps://` for TLS from the start.

    `smtp://` goes over to TLS where the server offers it, and insists on it when there is a password to protect.
    `timeout` is for the whole conversation.
    """

    key_window: timedelta | None = None

    def __init__(self, url: str, timeout: timedelta) -> None:
        address = urlsplit(url)
        if address.scheme not in {"smtp", "smtps"} or not address.hostname:
            raise ValueError("an SMTP server's URL begins with smtp:// or smtps://")
        self._host = address.hostname
        self._encrypted = address.scheme == "smtps"
        self._port = address.port
        self._user = unquote(address.username) if address.username else None
        self._password = unquote(address.password) if address.password else None
        self._timeout = timeout.total_seconds()

    async def send(self, message: OutgoingEmail) -> Accepted:
        """Hand over one message; its bytes go out as they are."""
        client = self._client(message.sender)
        handing_over = False
        try:
            async with asyncio.timeout(self._timeout):
                await client.connect()
                await _address(client, message)
                handing_over = True
                answer = await client.data(message.content)
            await _say_goodbye(client)
        except SMTPResponseException as error:
            raise _refusal(error, handing_over=handing_over) from None
        except (SMTPException, OSError) as error:
            if handing_over:
                raise OutcomeUnknown(f"no answer after DATA ({type(error).__name__})") from None
            raise TryLater(f"no conversation with the mail server ({type(error).__name__})") from None
        except ValueError:
            raise Rejected("the address cannot be written in SMTP", hard_bounce=True) from None
        finally:
            client.close()
        return Accepted(PROVIDER, _first_word_of_queue(answer.message))

    def _client(self, sender: str) -> aiosmtplib.SMTP:
        protects_password = self._password is not None and not _is_loopback(self._host)
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._encrypted,
            start_tls=True if protects_password and not self._encrypted else None,
            local_hostname=sender.rpartition("@")[2],
            timeout=self._timeout,
        )


async def _address(client: aiosmtplib.SMTP, message: OutgoingEmail) -> None:
    options: list[str] = []
    encoding = "ascii"
    if not (message.recipient.isascii() and message.sender.isascii()):
        if not client.supports_extension("smtputf8"):
            raise Rejected("the mail server takes no international addresses")
        options, encoding = ["SMTPUTF8"], "utf-8"
    await client.mail(message.sender, options=options, encoding=encoding)
    await client.rcpt(message.recipient, encoding=encoding)


async def _say_goodbye(client: aiosmtplib.SMTP) -> None:
    """The message is accepted: whatever happens now changes nothing."""
    with suppress(SMTPException, OSError):
        async with asyncio.timeout(GOODBYE_SECONDS):
            await client.quit()


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


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _first_word_of_queue(answer: str) -> str | None:
    """The server's own id, as most write it: `2.0.0 Ok: queued as 4XyZ`."""
    found = re.search(r"queued as ([A-Za-z0-9._-]{1,200})", answer, re.IGNORECASE)
    return found.group(1) if found else None
