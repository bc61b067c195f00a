"""Whether providers' reports of deliveries, bounces and complaints can be verified."""

from urllib.parse import urlsplit

from operations.readiness.finding import Finding, amber, green
from settings import Settings

NAME = "provider's webhooks"


def check_provider_webhooks(settings: Settings) -> Finding:
    """Without a secret, reports are rejected and bounces stay unknown."""
    scheme = urlsplit(settings.email_url or "").scheme
    if scheme == "resend" and not settings.resend_webhook_secrets:
        return amber(NAME, "Resend's are rejected: bounces stay unknown", "set RESEND_WEBHOOK_SECRETS")
    if scheme == "ses" and not settings.ses_topics:
        return amber(NAME, "those of SES are rejected: bounces stay unknown", "set SES_TOPICS")
    if scheme in ("resend", "ses"):
        return green(NAME, "are verified")
    return green(NAME, "a mail server has none: it reports bounces immediately, or by mail")
