"""Whether a mail server accepts a connection and our password."""

import asyncio
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPAuthenticationError, SMTPException

from activities.delivery.providers.loopback import is_loopback
from operations.readiness.finding import Finding, green, red

TIMEOUT_SECONDS = 3


async def check_smtp_server(url: str, name: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Finding:
    """Log in to the server of an `smtp…://` URL. `timeout_seconds` is for the whole session."""
    server = urlsplit(url)
    client = _client(server, timeout_seconds)
    try:
        async with asyncio.timeout(timeout_seconds):
            await client.connect()
            await client.ehlo()
            await client.quit()
    except SMTPAuthenticationError as error:
        return red(name, f"the mail server rejects user or password ({error.code})", "check them in EMAIL_URL")
    except TimeoutError:
        return red(name, f"the mail server does not answer within {timeout_seconds:g} seconds", "check EMAIL_URL")
    except (SMTPException, OSError, ValueError) as error:
        return red(name, f"no conversation with the mail server ({type(error).__name__})", "check EMAIL_URL")
    finally:
        client.close()
    return green(name, f"the mail server at {server.hostname} accepts the login")


def _client(server: SplitResult, timeout_seconds: float) -> aiosmtplib.SMTP:
    """A client with TLS where the URL asks for it, and where it would send a password over a network."""
    exposed = server.password is not None and not is_loopback(server.hostname or "")
    requires_tls = server.scheme == "smtp+starttls" or (exposed and server.scheme != "smtps")
    return aiosmtplib.SMTP(
        hostname=server.hostname,
        port=server.port,
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=server.scheme == "smtps",
        start_tls=True if requires_tls else None,
        timeout=timeout_seconds,
    )
