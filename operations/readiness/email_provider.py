"""Whether the e-mail provider accepts our credentials, without sending anything."""

from urllib.parse import urlsplit

from operations.readiness.finding import Finding, amber, green, red
from operations.readiness.resend_account import look_at_resend
from operations.readiness.ses_account import look_at_ses
from operations.readiness.smtp_server import look_at_smtp
from operations.readiness.staying_here import mail_stays_here
from settings import Settings

NAME = "e-mail provider"


async def look_at_email_provider(settings: Settings) -> Finding:
    """Check the provider that EMAIL_URL names."""
    if settings.email_url is None:
        return red(NAME, "EMAIL_URL is not set", "set it, or start `retention dev`, which includes a server")
    match urlsplit(settings.email_url).scheme:
        case "resend":
            return await look_at_resend(settings, NAME)
        case "ses":
            return await look_at_ses(settings, NAME)
        case _:
            return await look_at_smtp(settings.email_url, NAME)


def check_email_rate(settings: Settings) -> Finding:
    """Whether EMAIL_RATE keeps to the rate limit of a provider that has one."""
    name = "e-mail rate"
    if settings.email_rate is not None:
        return green(name, f"{settings.email_rate:g} a second, for all workers together")
    if mail_stays_here(settings) or urlsplit(settings.email_url or "").scheme not in ("resend", "ses"):
        return green(name, "no limit")
    return amber(name, "no limit, though the provider has one", "set EMAIL_RATE to the account's limit per second")
