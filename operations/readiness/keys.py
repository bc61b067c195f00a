"""The secrets behind customer ids, links and stored payloads."""

from operations.readiness.finding import Finding, amber, green, red
from operations.readiness.local_mail import MAIL_IS_LOCAL, mail_is_local
from settings import Settings

LONG_ENOUGH = 32
A_KEY = "`openssl rand -hex 32` generates one"


def check_keys(settings: Settings) -> list[Finding]:
    """The identity key, and the keys of links and payloads."""
    return [_identity_key(settings), _link_keys(settings), _payload_keys(settings)]


def _identity_key(settings: Settings) -> Finding:
    name = "identity key"
    if settings.identity_key is None:
        return red(name, "IDENTITY_KEY is not set", f"set it, it is permanent; {A_KEY}")
    if len(settings.identity_key.get_secret_value()) < LONG_ENOUGH and not mail_is_local(settings):
        return amber(name, f"IDENTITY_KEY has fewer than {LONG_ENOUGH} characters", f"before first use: {A_KEY}")
    return green(name, "is set")


def _link_keys(settings: Settings) -> Finding:
    name = "link keys"
    if settings.link_keys:
        return green(name, "are set")
    if settings.identity_key is None:
        return red(name, "there is no key to sign links with", "set IDENTITY_KEY, or LINK_KEYS beside it")
    return green(name, "links are signed with a key derived from IDENTITY_KEY")


def _payload_keys(settings: Settings) -> Finding:
    name = "payload keys"
    if settings.payload_keys:
        return green(name, "what Temporal stores is encrypted")
    if mail_is_local(settings):
        return green(name, f"what Temporal stores is not encrypted; {MAIL_IS_LOCAL}")
    return amber(name, "what Temporal stores is not encrypted", "set PAYLOAD_KEYS; it can be done at any time")
