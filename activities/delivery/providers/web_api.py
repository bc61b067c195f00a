"""A provider's web API: requests whose failures tell whether anything can have been sent."""

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

from activities.delivery.answers import OutcomeUnknown, TryLater

MOST_CONNECTIONS = 20
CONNECT_SHARE = 0.25
"""How much of the time-out may pass, at each, until there is a place and until there is a connection."""

NOT_EVEN_ASKED = (ConnectError, ConnectTimeout, PoolTimeout, UnsupportedProtocol)
REQUEST_TIMEOUT = 408

# A line for each request says less than the one for each message does.
logging.getLogger("httpx2").setLevel(logging.WARNING)


class WebApi:
    """Posts to `url`, with a `timeout` for the whole of a request. `provider` is its name in reasons."""

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
            limits=Limits(max_connections=MOST_CONNECTIONS),
        )

    async def post(self, path: str, headers: dict[str, str] | None = None, **body: Any) -> Response:
        """What the API answers below 500. Raises `TryLater` when it was not reached, and otherwise `OutcomeUnknown`."""
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.post(path, headers=headers, **body)
        except NOT_EVEN_ASKED as error:
            raise TryLater(f"{self._provider} cannot be reached ({type(error).__name__})") from None
        except (TransportError, DecodingError, TimeoutError) as error:
            raise OutcomeUnknown(f"no answer from {self._provider} ({type(error).__name__})") from None
        if answer.status_code >= 500 or answer.status_code == REQUEST_TIMEOUT:
            raise OutcomeUnknown(f"{self._provider} failed ({answer.status_code})")
        return answer

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


def document(answer: Response) -> dict[str, Any]:
    """The JSON object in an answer; an empty one for whatever else stands there."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
