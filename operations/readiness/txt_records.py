"""TXT records from DNS, with a short time-out."""

import asyncio
from dataclasses import dataclass

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.rdatatype import TXT
from dns.resolver import NXDOMAIN, LifetimeTimeout, NoAnswer

TIMEOUT_SECONDS = 3.0


@dataclass(frozen=True)
class UnknownRecords:
    """No name server said whether there are any; the reason why."""

    reason: str


TxtRecords = tuple[str, ...] | UnknownRecords


def resolver() -> Resolver:
    """The name servers of this machine. Raises `DNSException` where it has none."""
    return Resolver()


async def txt_records(name_servers: Resolver, name: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> TxtRecords:
    """The TXT records of a name; empty when it has none. Raises nothing."""
    try:
        async with asyncio.timeout(timeout_seconds):
            answer = await name_servers.resolve(name, TXT, lifetime=timeout_seconds, search=False)
    except (NXDOMAIN, NoAnswer):
        return ()
    except (LifetimeTimeout, TimeoutError):
        return UnknownRecords("no name server answered in time")
    except (DNSException, OSError, UnicodeError) as error:
        return UnknownRecords(f"no name server answered ({type(error).__name__})")
    return tuple(b"".join(record.strings).decode(errors="replace") for record in answer)
