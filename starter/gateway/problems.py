"""Errors as problem details (RFC 9457), the one format for all errors of the gateway."""

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

MOST_FRAMES = 5

_log = structlog.get_logger("gateway")


class Problem(Exception):
    """An error response. `detail` is for the developer of the client and contains no personal data.

    `extra` are further members, such as the `field` of an event and the `reason` why it is invalid.
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
        """The HTTP response."""
        body = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            **self.extra,
        }
        return Response(to_json(body), self.status, self.headers, MEDIA_TYPE)


def unavailable(detail: str, **extra: Any) -> Problem:
    """Nothing was stored: the client should retry later."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": str(RETRY_SECONDS)}, **extra)


def not_configured(setting: str) -> Problem:
    """A webhook for which this installation has no secrets."""
    return Problem(HTTPStatus.NOT_FOUND, f"{setting.upper()} is not set here")


def unverified(reason: str) -> Problem:
    """The signature of a webhook is missing, wrong or too old."""
    return Problem(HTTPStatus.UNAUTHORIZED, reason, headers={"WWW-Authenticate": 'Signature realm="webhooks"'})


def wrong(field: str, reason: str) -> Problem:
    """The request is readable and invalid."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{field}: {reason}", field=field, reason=reason)


def answer_with_problems(app: FastAPI) -> None:
    """Install handlers that answer known errors in this format."""
    for kind in (Problem, HTTPException, RequestValidationError, SQLAlchemyError):
        app.add_exception_handler(kind, _answer)


async def _answer(_: Request, error: Exception) -> Response:
    return problem_of(error).response()


def problem_of(error: Exception) -> Problem:
    """The problem for an error. An unexpected error is a 503: the sender should retry."""
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
            return wrong("body", "contains a value that cannot be stored")
    _log.warning("a request failed", error=type(error).__name__, at=_traceback(error))
    if isinstance(error, SQLAlchemyError):
        return unavailable("PostgreSQL is not available")
    timed_out = isinstance(error, TimeoutError)
    return unavailable("the request took too long" if timed_out else "an unexpected error occurred")


def _traceback(error: Exception) -> list[str]:
    """The innermost stack frames, the last one last, without the message: it may quote the request."""
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
