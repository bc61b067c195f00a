"""What messages say of the shop."""

from email.utils import parseaddr

from operations.readiness.finding import Finding, green, red
from operations.readiness.staying_here import MAIL_STAYS, mail_stays_here
from settings import Settings

EXAMPLES = ("example", "test", "invalid", "localhost", "local", "example.com", "example.net", "example.org")
"""Domains that are nobody's, or end on this network."""


def check_postal_address(settings: Settings) -> Finding:
    """Marketing mail has to name a true address."""
    name = "postal address"
    if settings.postal_address != Settings.model_fields["postal_address"].default:
        return green(name, "is set")
    if mail_stays_here(settings):
        return green(name, f"is the example; {MAIL_STAYS}")
    return red(name, "POSTAL_ADDRESS is the example", "set it to the shop's: the law asks for it in marketing mail")


def check_sender(settings: Settings) -> Finding:
    """Mail comes from a domain of the shop's own."""
    name = "sender"
    domain = sender_domain(settings)
    if not is_example(domain):
        return green(name, f"e-mail comes from {domain}")
    if mail_stays_here(settings):
        return green(name, f"{domain} is an example; {MAIL_STAYS}")
    return red(name, f"EMAIL_FROM is at {domain}, which is nobody's", "set it to an address of the shop's own domain")


def sender_domain(settings: Settings) -> str:
    """What stands after the @ of the sender."""
    return parseaddr(settings.email_from)[1].rpartition("@")[2].lower()


def is_example(domain: str) -> bool:
    """Whether a domain stands for one that is still to be named."""
    return any(domain == example or domain.endswith(f".{example}") for example in EXAMPLES)
