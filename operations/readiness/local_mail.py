"""Whether mail stays on this machine, as in development: no outside server is queried then."""

from urllib.parse import urlsplit

from activities.delivery.providers.loopback import is_loopback
from settings import Settings

RELAY_PORTS = frozenset({None, 25, 465, 587})
"""The ports of servers that relay mail."""

MAIL_IS_LOCAL = "mail stays on this machine"


def mail_is_local(settings: Settings) -> bool:
    """Whether mail goes to a development server, such as that of `retention dev` or the compose file.

    Such a server is on this machine or in a container (a host name without a dot). It has no password, and its port is
    not one of a relay.
    """
    url = urlsplit(settings.email_url or "")
    if url.scheme != "smtp" or url.hostname is None or url.username or url.port in RELAY_PORTS:
        return False
    is_container = "." not in url.hostname and ":" not in url.hostname
    return is_container or is_loopback(url.hostname)
