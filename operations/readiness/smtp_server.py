"""A mail server: connected to, greeted, logged in, left."""

import asyncio
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPAuthenticationError, SMTPException

from activities.delivery.providers.loopback import is_loopback
from operations.readiness.finding import Finding, green, red

PATIENCE_SECONDS = 3


async def look_at_smtp(url: str, name: str) -> Finding:
    """Whether the server of an `smtp…://` URL lets us in. The time-out is for the whole conversation."""
    server = urlsplit(url)
    client = _client(server)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await client.connect()
            await client.ehlo()
            await client.quit()
    except SMTPAuthenticationError as error:
        return red(name, f"the mail server refuses user or password ({error.code})", "check them in EMAIL_URL")
    except TimeoutError:
        return red(name, f"the mail server does not answer within {PATIENCE_SECONDS} seconds", "check EMAIL_URL")
    except (SMTPException, OSError, ValueError) as error:
        return red(name, f"no conversation with the mail server ({type(error).__name__})", "check EMAIL_URL")
    finally:
        client.close()
    return green(name, f"the mail server at {server.hostname} lets us in")


def _client(server: SplitResult) -> aiosmtplib.SMTP:
    """Over TLS where it is asked for, and where a password would else be seen on its way."""
    guarded = server.password is not None and not is_loopback(server.hostname or "")
    insisting = server.scheme == "smtp+starttls" or (guarded and server.scheme != "smtps")
    return aiosmtplib.SMTP(
        hostname=server.hostname,
        port=server.port,
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=server.scheme == "smtps",
        start_tls=True if insisting else None,
        timeout=PATIENCE_SECONDS,
    )
