"""Request bodies: read up to a size and for a limited time, and parsed strictly if they are JSON."""

import asyncio
import json
from collections.abc import Sequence
from email.message import Message
from http import HTTPStatus
from typing import Any, NoReturn

from fastapi import Request
from pydantic_core import from_json
from starlette.requests import ClientDisconnect

from retention_client.events import MAX_EVENT_BYTES
from starter.gateway.problems import Problem

BODY_SECONDS = 10
"""Enough for a megabyte on a slow line."""


async def read_body(request: Request, *, most_bytes: int = MAX_EVENT_BYTES, seconds: float = BODY_SECONDS) -> bytes:
    """The whole body. Raises `Problem` for a body that is too large, too slow, incomplete or compressed."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body uncompressed")
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > most_bytes:
        _reject_size(most_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                if len(body) > most_bytes:
                    _reject_size(most_bytes)
    except TimeoutError:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT,
            f"the body did not arrive within {seconds} seconds",
            headers={"Connection": "close"},
        ) from None
    except ClientDisconnect:
        raise Problem(HTTPStatus.BAD_REQUEST, "the body is incomplete") from None
    return bytes(body)


async def read_json(request: Request) -> Any:
    """Parse a JSON body. Raises `Problem` for anything else."""
    _check_type(request.headers.get("content-type", ""))
    body = await read_body(request)
    try:
        document = from_json(body, allow_inf_nan=False)
        # Of two members with the same name it is unclear which one the shop meant.
        json.loads(body, object_pairs_hook=_reject_duplicates, parse_int=len, parse_float=len)
    except ValueError as error:
        reason = (
            "an object contains the same name twice" if isinstance(error, _DuplicateKey) else "is not JSON in UTF-8"
        )
        raise Problem(HTTPStatus.BAD_REQUEST, f"body: {reason}", field="body", reason=reason) from None
    return document


class _DuplicateKey(ValueError):
    pass


def _reject_duplicates(pairs: Sequence[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise _DuplicateKey


def _check_type(content_type: str) -> None:
    header = Message()
    header["content-type"] = content_type
    charset = header.get_content_charset("utf-8")
    if header.get_content_type() != "application/json" or charset not in ("utf-8", "utf8"):
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "send JSON in UTF-8, as Content-Type: application/json",
            headers={"Accept": "application/json"},
        )


def _reject_size(most_bytes: int) -> NoReturn:
    raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {most_bytes} bytes")
