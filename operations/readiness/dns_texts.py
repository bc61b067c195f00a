"""TXT records, asked for with little patience."""

import asyncio
from dataclasses import dataclass

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.rdatatype import TXT
from dns.resolver import NXDOMAIN, LifetimeTimeout, NoAnswer

PATIENCE_SECONDS = 3.0


@dataclass(frozen=True)
class Unknown:
    """Nobody said whether there are any, and why."""

    reason: str


Texts = tuple[str, ...] | Unknown


def resolver() -> Resolver:
    """The name servers of this machine. Raises `DNSException` where it has none."""
    return Resolver()


async def texts(asked: Resolver, name: str) -> Texts:
    """The TXT records of a name; empty when it has none. Raises nothing."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await asked.resolve(name, TXT, lifetime=PATIENCE_SECONDS, search=False)
    except (NXDOMAIN, NoAnswer):
        return ()
    except (LifetimeTimeout, TimeoutError):
        return Unknown("no name server answered in time")
    except (DNSException, OSError, UnicodeError) as error:
        return Unknown(f"no name server answered ({type(error).__name__})")
    return tuple(b"".join(record.strings).decode(errors="replace") for record in answer)
