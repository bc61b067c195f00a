"""Whether a host is this machine."""

from contextlib import suppress
from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address, is a loopback host."""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
