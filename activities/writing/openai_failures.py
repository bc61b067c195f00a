"""Maps the errors of OpenAI's client to `GenerationFailed`, each with a reason and a pause.

Temporal retries temporary failures. A failure that a retry would only repeat is final: the campaign's own body is sent,
and the text is not requested again until the pause is over. Reasons quote neither request nor response.
"""

import json
from collections.abc import Callable
from datetime import timedelta

import httpx2
from openai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    ContentFilterFinishReasonError,
    LengthFinishReasonError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)
from openai.types import CompletionUsage
from pydantic import ValidationError

from activities.writing.language_model import GenerationFailed
from db.content.contents import Spent

SOON = timedelta(seconds=5)
TEXT_PAUSE = timedelta(hours=1)
OPERATOR_PAUSE = timedelta(minutes=5)
MAX_RETRY_AFTER = timedelta(seconds=30)
MAX_PAUSE = timedelta(hours=1)

NOTHING = Spent()
SERVER_ERROR = 500
MODEL = "the language model"

Costs = Callable[[CompletionUsage | None], Spent | None]


def failure_from(error: Exception, costs: Costs) -> GenerationFailed:
    """The failure for an error of the client; `costs` computes the cost of a reported usage."""
    match error:
        case RateLimitError():
            return _rate_limited(error)
        case APIStatusError():
            return _http_error(error)
        case LengthFinishReasonError() | ContentFilterFinishReasonError() | ValidationError():
            return _unusable_text(error, costs)
    return _no_response(error)


def _no_response(error: Exception) -> GenerationFailed:
    match error:
        case APITimeoutError() | TimeoutError():
            return _retryable(f"{MODEL} did not answer in time", None)
        case APIConnectionError():
            # If no connection was made, nothing was generated.
            unreached = isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout)
            return _retryable(f"{MODEL} cannot be reached", NOTHING if unreached else None)
        case json.JSONDecodeError() | AttributeError() | TypeError():
            # Usually an error page of a proxy in front of the model: the client parses any response.
            return _retryable(f"{MODEL}'s URL answered with something other than a completion", NOTHING)
    return _retryable(f"{MODEL}'s answer could not be read ({type(error).__name__})", None)


def _unusable_text(
    error: LengthFinishReasonError | ContentFilterFinishReasonError | ValidationError, costs: Costs
) -> GenerationFailed:
    match error:
        case LengthFinishReasonError():
            return _final(f"{MODEL}'s text was cut off", TEXT_PAUSE, costs(error.completion.usage))
        case ContentFilterFinishReasonError():
            usage = error.completion.usage if error.completion else None
            return _final(f"{MODEL}'s content filter stopped it", TEXT_PAUSE, costs(usage))
    return _final(f"{MODEL}'s text does not match the requested schema", TEXT_PAUSE, None)


def _http_error(error: APIStatusError) -> GenerationFailed:
    status = error.status_code
    if status >= SERVER_ERROR:
        return _retryable(f"{MODEL} failed ({status})", NOTHING)
    match error:
        case AuthenticationError() | PermissionDeniedError():
            reason = f"{MODEL} does not accept our key ({status})"
        case NotFoundError():
            reason = f"{MODEL} was not found at its URL ({status})"
        case _:
            reason = f"{MODEL} does not accept the request ({status})"
    return _final(reason, OPERATOR_PAUSE, NOTHING)


def _rate_limited(error: RateLimitError) -> GenerationFailed:
    if error.code == "insufficient_quota":
        return _final(f"{MODEL}'s account has no credit left", OPERATOR_PAUSE, NOTHING)
    pause = _retry_after(error.response)
    if pause > MAX_RETRY_AFTER:
        return _final(f"{MODEL} accepts no more requests for now", min(pause, MAX_PAUSE), NOTHING)
    return GenerationFailed(f"{MODEL} accepts no more requests for now", max(pause, SOON), final=False, spent=NOTHING)


def _retry_after(response: httpx2.Response) -> timedelta:
    """The `Retry-After` header in seconds; zero if it is missing or not a number."""
    try:
        return timedelta(seconds=max(float(response.headers.get("retry-after", 0)), 0))
    except (ValueError, OverflowError):
        return timedelta()


def _retryable(reason: str, spent: Spent | None) -> GenerationFailed:
    return GenerationFailed(reason, SOON, final=False, spent=spent)


def _final(reason: str, pause: timedelta, spent: Spent | None) -> GenerationFailed:
    return GenerationFailed(reason, pause, final=True, spent=spent)
