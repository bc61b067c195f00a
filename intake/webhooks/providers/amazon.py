"""Requests to Amazon: certificates of SNS, and confirmations of subscriptions."""

import asyncio
from http import HTTPStatus
from types import TracebackType
from typing import Protocol, Self

import httpx2

from intake.webhooks.shop_adapter import UnverifiedDelivery

SECONDS = 5
"""For a whole request; SNS waits 15 seconds for our answer."""

MOST_BYTES = 65_536
CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
MOST_CACHED = 16
"""Certificates in the cache: SNS has one per region, and a new one every few months."""


class AmazonUnreachable(Exception):
    """Amazon did not answer, or not as expected."""


class Amazon(Protocol):
    """Requests URLs that were checked to be Amazon's. Both methods raise `AmazonUnreachable`."""

    async def certificate(self, url: str) -> bytes:
        """The certificate at a URL, in PEM. Raises `UnverifiedDelivery` when there is none."""

    async def confirm(self, url: str) -> None:
        """Confirm the subscription at a URL."""


class AmazonClient:
    """Amazon over HTTPS. Redirects are not followed, and answers are read up to `MOST_BYTES`."""

    def __init__(self, transport: httpx2.AsyncBaseTransport | None = None, *, seconds: float = SECONDS) -> None:
        self._http = httpx2.AsyncClient(transport=transport, timeout=seconds, follow_redirects=False)
        self._seconds = seconds
        self._certificates: dict[str, bytes] = {}

    async def __aenter__(self) -> Self:
        """Open nothing yet: connections are made when they are needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close open connections."""
        await self._http.aclose()

    async def certificate(self, url: str) -> bytes:
        """The certificate at a URL, requested once and cached."""
        found = self._certificates.get(url)
        if found is None:
            status, found = await self._get(url)
            if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise UnverifiedDelivery("the certificate does not exist")
            if status != HTTPStatus.OK or CERTIFICATE not in found:
                raise AmazonUnreachable
            while len(self._certificates) >= MOST_CACHED:
                del self._certificates[next(iter(self._certificates))]
            self._certificates[url] = found
        return found

    async def confirm(self, url: str) -> None:
        """Confirm the subscription at a URL, which has to answer 200."""
        status, _ = await self._get(url)
        if status != HTTPStatus.OK:
            raise AmazonUnreachable

    async def _get(self, url: str) -> tuple[int, bytes]:
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds), self._http.stream("GET", url) as answer:
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise AmazonUnreachable
        except (httpx2.HTTPError, TimeoutError):
            raise AmazonUnreachable from None
        return answer.status_code, bytes(body)
