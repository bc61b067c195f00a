"""One question to a web server, asked with little patience."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx2

PATIENCE_SECONDS = 3


@dataclass(frozen=True)
class Answered:
    """What a server said; `body` is its JSON, None when it was none."""

    status: int
    body: Any


@dataclass(frozen=True)
class NoAnswer:
    """Why nobody knows."""

    reason: str


async def ask(url: str, *, token: str | None = None, login: tuple[str, str] | None = None) -> Answered | NoAnswer:
    """GET a page; raises nothing."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), httpx2.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            answer = await client.get(url, headers=headers, auth=login)
    except (TimeoutError, httpx2.TimeoutException):
        return NoAnswer(f"does not answer within {PATIENCE_SECONDS} seconds")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        return NoAnswer(f"cannot be reached ({type(error).__name__})")
    try:
        return Answered(answer.status_code, answer.json())
    except ValueError:
        return Answered(answer.status_code, None)


def items(answer: Answered, name: str) -> list[dict[str, Any]] | None:
    """The objects in a list of the answer; None when it has no such list."""
    found = answer.body.get(name) if isinstance(answer.body, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else None
