"""Whether messages leave this machine at all: while one tries things out, the world outside is not asked."""

from urllib.parse import urlsplit

from activities.delivery.providers.loopback import is_loopback
from settings import Settings

RELAY_PORTS = frozenset({None, 25, 465, 587})
"""Where a server that passes mail on listens, on a machine of its own or on this one."""

MAIL_STAYS = "mail stays on this machine"


def mail_stays_here(settings: Settings) -> bool:
    """Whether mail goes to a server for trying things out, as `retention dev` and the compose file bring one.

    It is on this machine, or a container beside us with a name without a dot; it asks for no password, and it listens
    where no relay does.
    """
    url = urlsplit(settings.email_url or "")
    if url.scheme != "smtp" or url.hostname is None or url.username or url.port in RELAY_PORTS:
        return False
    is_beside_us = "." not in url.hostname and ":" not in url.hostname
    return is_beside_us or is_loopback(url.hostname)
