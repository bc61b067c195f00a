"""The shop's details in messages."""

from email.utils import parseaddr

from operations.readiness.finding import Finding, green, red
from operations.readiness.local_mail import MAIL_IS_LOCAL, mail_is_local
from settings import Settings

EXAMPLES = ("example", "test", "invalid", "localhost", "local", "example.com", "example.net", "example.org")
"""Domains that are reserved for examples or local networks."""


def check_postal_address(settings: Settings) -> Finding:
    """Marketing mail must contain a real postal address."""
    name = "postal address"
    if settings.postal_address != Settings.model_fields["postal_address"].default:
        return green(name, "is set")
    if mail_is_local(settings):
        return green(name, f"is the example; {MAIL_IS_LOCAL}")
    return red(name, "POSTAL_ADDRESS is the example", "set it to the shop's: the law requires it in marketing mail")


def check_sender(settings: Settings) -> Finding:
    """Whether mail comes from a domain of the shop."""
    name = "sender"
    domain = sender_domain(settings)
    if not is_example(domain):
        return green(name, f"e-mail comes from {domain}")
    if mail_is_local(settings):
        return green(name, f"{domain} is an example; {MAIL_IS_LOCAL}")
    return red(name, f"EMAIL_FROM is at {domain}, which is an example", "set it to an address of the shop's own domain")


def sender_domain(settings: Settings) -> str:
    """The domain of EMAIL_FROM."""
    return parseaddr(settings.email_from)[1].rpartition("@")[2].lower()


def is_example(domain: str) -> bool:
    """Whether a domain is a placeholder."""
    return any(domain == example or domain.endswith(f".{example}") for example in EXAMPLES)
