"""A real shop's settings, and small servers that answer as the world outside would."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.asyncresolver import Resolver
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from operations.readiness.finding import Finding, Light
from settings import Settings

Records = dict[str, list[str] | None]
NOWHERE = "http://127.0.0.1:1"
SECRET = "hunter2-of-the-provider"


def has_no_secret(found: Finding) -> None:
    """Neither what was seen nor what to do repeats a secret."""
    assert SECRET not in f"{found.saw} {found.to_do}"
    assert (found.light is Light.GREEN) == (found.to_do is None)


def real_shop(**given: Any) -> Settings:
    """A shop that writes to people outside; `given` changes settings."""
    usual: dict[str, Any] = {
        "identity_key": SecretStr("0123456789abcdef0123456789abcdef"),
        "email_url": "smtps://user:hunter2@smtp.ironworks.io",
        "email_from": "Ironworks <hello@ironworks.io>",
        "postal_address": "Ironworks, 1 Real Street, Sheffield",
        "public_url": "https://events.ironworks.io",
    }
    return Settings(_env_file=None, **{**usual, **given})


def development(**given: Any) -> Settings:
    """A machine to try things out on."""
    return Settings(
        _env_file=None, **{"identity_key": SecretStr("0123456789abcdef"), "email_url": "smtp://127.0.0.1:1025", **given}
    )


class NameServer(asyncio.DatagramProtocol):
    """A DNS server for TXT records: of a name it does not know it says that there is none; to None it is silent."""

    def __init__(self) -> None:
        self.records: Records = {}
        self.fails: set[str] = set()
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Listening; asyncio calls it by this name."""
        self.transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """A question; asyncio calls it by this name."""
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text(omit_final_dot=True)
        found = self.records.get(name, [])
        if found is None:
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self.fails:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            quoted = [" ".join(f'"{part}"' for part in text.split("|")) for text in found]
            answer.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "TXT", *quoted))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), addr)

    def resolver(self) -> Resolver:
        """Asks this server and no other."""
        made = Resolver(configure=False)
        made.nameservers = ["127.0.0.1"]
        made.port = self.port
        return made


@pytest.fixture
async def name_server() -> AsyncIterator[NameServer]:
    """A name server that knows no name yet."""
    server = NameServer()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: server, local_addr=("127.0.0.1", 0)
    )
    yield server
    transport.close()


@pytest.fixture
def web(httpserver: HTTPServer) -> Iterator[HTTPServer]:
    """A web server that knows no page yet."""
    yield httpserver
    httpserver.clear()
