"""Errors as problem details (RFC 9457): one shape for everything the gateway refuses or cannot do."""

import traceback
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic_core import to_json
from sqlalchemy.exc import DataError, SQLAlchemyError
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5

MOST_PLACES = 5

_log = structlog.get_logger("gateway")


class Problem(Exception):
    """An answer that is no success. `detail` is for whoever wrote the client and holds no personal data.

    `extra` are further members, such as the `field` of an event and the `reason` why it is wrong.
    """

    def __init__(
        self, status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra

    def response(self) -> Response:
        """What goes over the wire."""
        body = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            **self.extra,
        }
        return Response(to_json(body), self.status, self.headers, MEDIA_TYPE)


def unavailable(detail: str, **extra: Any) -> Problem:
    """Nothing was kept: the same again a little later may do better."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": str(RETRY_SECONDS)}, **extra)


def wrong(field: str, reason: str) -> Problem:
    """What was sent can be read and is wrong."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{field}: {reason}", field=field, reason=reason)


def answer_with_problems(app: FastAPI) -> None:
    """Have the application answer every error it knows in this shape."""
    for kind in (Problem, HTTPException, RequestValidationError, SQLAlchemyError):
        app.add_exception_handler(kind, _answer)


async def _answer(_: Request, error: Exception) -> Response:
    return problem_of(error).response()


def problem_of(error: Exception) -> Problem:
    """What to answer. An error nobody thought of is a 503: whoever sent this has to send it again, and may."""
    match error:
        case Problem():
            return error
        case HTTPException():
            status = HTTPStatus(error.status_code)
            return Problem(status, status.description or status.phrase, headers=error.headers)
        case RequestValidationError():
            first = error.errors()[0]
            return wrong(".".join(str(part) for part in first["loc"][1:]) or "body", first["msg"])
        case DataError():
            return wrong("body", "holds something that cannot be stored")
    _log.warning("could not answer", error=type(error).__name__, at=_place(error))
    if isinstance(error, SQLAlchemyError):
        return unavailable("PostgreSQL does not take it in at the moment")
    too_long = isinstance(error, TimeoutError)
    return unavailable("it took too long, and was given up" if too_long else "something went wrong here")


def _place(error: Exception) -> list[str]:
    """Where it was raised, the innermost place last. The message stays out: it may quote whatever was sent."""
    frames = traceback.extract_tb(error.__traceback__)[-MOST_PLACES:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
