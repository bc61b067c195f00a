"""Whether mail leaves this machine at all: in development, no outside server is queried."""

from urllib.parse import urlsplit

from activities.delivery.providers.loopback import is_loopback
from settings import Settings

RELAY_PORTS = frozenset({None, 25, 465, 587})
"""The ports of servers that relay mail."""

MAIL_STAYS = "mail stays on this machine"


def mail_stays_here(settings: Settings) -> bool:
    """Whether mail goes to a development server, such as that of `retention dev` or the compose file.

    Such a server is on this machine, or a container with a name without a dot; it has no password, and no port of a
    relay.
    """
    url = urlsplit(settings.email_url or "")
    if url.scheme != "smtp" or url.hostname is None or url.username or url.port in RELAY_PORTS:
        return False
    is_beside_us = "." not in url.hostname and ":" not in url.hostname
    return is_beside_us or is_loopback(url.hostname)
