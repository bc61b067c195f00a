"""What is fetched from Amazon: certificates of SNS, and the pages that confirm subscriptions."""

import asyncio
from http import HTTPStatus
from types import TracebackType
from typing import Protocol, Self

import httpx2

from intake.webhooks.shop import UnverifiedDelivery

SECONDS = 5
"""For a whole fetch; SNS waits for its answer for 15."""

MOST_BYTES = 65_536
CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
MOST_KEPT = 16
"""Certificates that are remembered: SNS has one per region, and a new one every few months."""


class Unreachable(Exception):
    """Amazon does not answer as it should at the moment."""


class Amazon(Protocol):
    """Whoever visits addresses that were checked to be Amazon's. Both raise `Unreachable`."""

    async def certificate(self, address: str) -> bytes:
        """The certificate there, in PEM. Raises `UnverifiedDelivery` when there is none."""

    async def visit(self, address: str) -> None:
        """Ask for the page there."""


class AmazonWeb:
    """Amazon itself. No redirect is followed, no answer is read further than `MOST_BYTES`."""

    def __init__(self, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._web = httpx2.AsyncClient(transport=transport, timeout=SECONDS, follow_redirects=False)
        self._certificates: dict[str, bytes] = {}

    async def __aenter__(self) -> Self:
        """Nothing is opened before it is needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what is open."""
        await self._web.aclose()

    async def certificate(self, address: str) -> bytes:
        """The certificate there, fetched once."""
        found = self._certificates.get(address)
        if found is None:
            status, found = await self._get(address)
            if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise UnverifiedDelivery("the certificate is not there")
            if status != HTTPStatus.OK or CERTIFICATE not in found:
                raise Unreachable
            while len(self._certificates) >= MOST_KEPT:
                del self._certificates[next(iter(self._certificates))]
            self._certificates[address] = found
        return found

    async def visit(self, address: str) -> None:
        """Ask for the page there; it has to answer 200."""
        status, _ = await self._get(address)
        if status != HTTPStatus.OK:
            raise Unreachable

    async def _get(self, address: str) -> tuple[int, bytes]:
        body = bytearray()
        try:
            async with asyncio.timeout(SECONDS), self._web.stream("GET", address) as answer:
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise Unreachable
        except (httpx2.HTTPError, TimeoutError):
            raise Unreachable from None
        return answer.status_code, bytes(body)
