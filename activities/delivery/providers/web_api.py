"""A provider's web API. Its errors say whether the provider may have received the request."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

from httpx2 import (
    AsyncClient,
    Auth,
    ConnectError,
    ConnectTimeout,
    DecodingError,
    Limits,
    PoolTimeout,
    Response,
    Timeout,
    TransportError,
    UnsupportedProtocol,
)

from activities.delivery.submission_result import OutcomeUnknown, TemporaryFailure

MAX_CONNECTIONS = 20
CONNECT_SHARE = 0.25
"""Share of the time-out for a free connection in the pool, and for connecting."""

NOT_CONNECTED = (ConnectError, ConnectTimeout, PoolTimeout, UnsupportedProtocol)
REQUEST_TIMEOUT = 408

# httpx logs every request at INFO; our own line for each message says more.
logging.getLogger("httpx2").setLevel(logging.WARNING)


class WebApi:
    """Posts to `url`, with a `timeout` for the whole of a request. `provider` is its name in errors."""

    def __init__(
        self, provider: str, url: str, timeout: timedelta, *, auth: Auth | tuple[str, str] | None = None
    ) -> None:
        self._provider = provider
        self._seconds = timeout.total_seconds()
        first = self._seconds * CONNECT_SHARE
        self._client = AsyncClient(
            base_url=url,
            auth=auth,
            timeout=Timeout(self._seconds, connect=first, pool=first),
            limits=Limits(max_connections=MAX_CONNECTIONS),
        )

    async def post(self, path: str, headers: dict[str, str] | None = None, **body: Any) -> Response:
        """The response, if its status is below 500. Raises `TemporaryFailure` if not connected, or `OutcomeUnknown`."""
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._client.post(path, headers=headers, **body)
        except NOT_CONNECTED as error:
            raise TemporaryFailure(f"{self._provider} cannot be reached ({type(error).__name__})") from None
        except (TransportError, DecodingError, TimeoutError) as error:
            raise OutcomeUnknown(f"no response from {self._provider} ({type(error).__name__})") from None
        if response.status_code >= 500 or response.status_code == REQUEST_TIMEOUT:
            raise OutcomeUnknown(f"{self._provider} failed ({response.status_code})")
        return response

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def json_object(response: Response) -> dict[str, Any]:
    """The JSON object of a response; empty if its body is anything else."""
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
