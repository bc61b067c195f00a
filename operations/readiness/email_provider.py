"""Whether the e-mail provider accepts our credentials, without sending anything."""

from urllib.parse import urlsplit

from operations.readiness.finding import Finding, amber, green, red
from operations.readiness.local_mail import mail_is_local
from operations.readiness.resend_account import check_resend_account
from operations.readiness.ses_account import check_ses_account
from operations.readiness.smtp_server import check_smtp_server
from settings import Settings

NAME = "e-mail provider"


async def check_email_provider(settings: Settings) -> Finding:
    """Check the provider that EMAIL_URL names."""
    if settings.email_url is None:
        return red(NAME, "EMAIL_URL is not set", "set it, or start `retention dev`, which includes a server")
    match urlsplit(settings.email_url).scheme:
        case "resend":
            return await check_resend_account(settings, NAME)
        case "ses":
            return await check_ses_account(settings, NAME)
        case _:
            return await check_smtp_server(settings.email_url, NAME)


def check_email_rate(settings: Settings) -> Finding:
    """Whether EMAIL_RATE is set for a provider with a rate limit."""
    name = "e-mail rate"
    if settings.email_rate is not None:
        return green(name, f"{settings.email_rate:g} a second, for all workers together")
    if mail_is_local(settings) or urlsplit(settings.email_url or "").scheme not in ("resend", "ses"):
        return green(name, "no limit")
    return amber(name, "no limit, though the provider has one", "set EMAIL_RATE to the account's limit per second")
