"""One GET request, with a short time-out."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx2

TIMEOUT_SECONDS = 3


@dataclass(frozen=True)
class WebAnswer:
    """A server's answer; `body` is its JSON, None when it is not JSON."""

    status: int
    body: Any


@dataclass(frozen=True)
class NoAnswer:
    """Why there is no answer."""

    reason: str


async def ask(
    url: str,
    *,
    token: str | None = None,
    login: tuple[str, str] | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> WebAnswer | NoAnswer:
    """GET a page; raises nothing."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with asyncio.timeout(timeout_seconds), httpx2.AsyncClient(timeout=timeout_seconds) as client:
            answer = await client.get(url, headers=headers, auth=login)
    except (TimeoutError, httpx2.TimeoutException):
        return NoAnswer(f"does not answer within {timeout_seconds:g} seconds")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        return NoAnswer(f"cannot be reached ({type(error).__name__})")
    try:
        return WebAnswer(answer.status_code, answer.json())
    except ValueError:
        return WebAnswer(answer.status_code, None)


def items(answer: WebAnswer, name: str) -> list[dict[str, Any]] | None:
    """The objects in a list of the answer; None when it has no such list."""
    found = answer.body.get(name) if isinstance(answer.body, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else None
