"""Why a request to a language model came to nothing: each way of failing has a reason and a pause of its own.

What may be over soon is tried again by Temporal. What another try would only repeat is final: the campaign's own body
is sent, and until the pause is over nobody asks for that text again. Reasons quote nothing that was asked or answered.
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

from activities.writing.language_model import NotWritten
from db.content.contents import Spent

SOON = timedelta(seconds=5)
FOR_THIS_TEXT = timedelta(hours=1)
FOR_THE_OPERATOR = timedelta(minutes=5)
LONGEST_WAIT = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)

NOTHING = Spent()
SERVER_ERROR = 500
MODEL = "the language model"

Costs = Callable[[CompletionUsage | None], Spent | None]


def why_not(error: Exception, costs: Costs) -> NotWritten:
    """What an error of the client means to us; `costs` tells what a usage comes to."""
    match error:
        case RateLimitError():
            return _too_many(error)
        case APIStatusError():
            return _refused(error)
        case LengthFinishReasonError() | ContentFilterFinishReasonError() | ValidationError():
            return _unusable(error, costs)
    return _not_heard(error)


def _not_heard(error: Exception) -> NotWritten:
    match error:
        case APITimeoutError() | TimeoutError():
            return _later(f"{MODEL} did not answer in time", None)
        case APIConnectionError():
            # Whoever was never reached has written nothing.
            refused = isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout)
            return _later(f"{MODEL} cannot be reached", NOTHING if refused else None)
        case json.JSONDecodeError() | AttributeError() | TypeError():
            # Usually the page of a proxy that stands before the model: the client looks for fields in whatever it gets.
            return _later(f"{MODEL}'s address answered with something else than a text", NOTHING)
    return _later(f"{MODEL}'s answer could not be read ({type(error).__name__})", None)


def _unusable(
    error: LengthFinishReasonError | ContentFilterFinishReasonError | ValidationError, costs: Costs
) -> NotWritten:
    match error:
        case LengthFinishReasonError():
            return _final(f"{MODEL}'s text was cut off", FOR_THIS_TEXT, costs(error.completion.usage))
        case ContentFilterFinishReasonError():
            usage = error.completion.usage if error.completion else None
            return _final(f"{MODEL}'s content filter stopped it", FOR_THIS_TEXT, costs(usage))
    return _final(f"{MODEL}'s text is not in the shape that was asked for", FOR_THIS_TEXT, None)


def _refused(error: APIStatusError) -> NotWritten:
    status = error.status_code
    if status >= SERVER_ERROR:
        return _later(f"{MODEL} is out of order ({status})", NOTHING)
    match error:
        case AuthenticationError() | PermissionDeniedError():
            told = f"{MODEL} does not accept our key ({status})"
        case NotFoundError():
            told = f"{MODEL} is not known at its address ({status})"
        case _:
            told = f"{MODEL} does not take the request ({status})"
    return _final(told, FOR_THE_OPERATOR, NOTHING)


def _too_many(error: RateLimitError) -> NotWritten:
    if error.code == "insufficient_quota":
        return _final(f"{MODEL}'s account has nothing left to spend", FOR_THE_OPERATOR, NOTHING)
    pause = _retry_after(error.response)
    if pause > LONGEST_WAIT:
        return _final(f"{MODEL} takes no more requests for now", min(pause, LONGEST_PAUSE), NOTHING)
    return NotWritten(f"{MODEL} takes no more requests for now", max(pause, SOON), final=False, spent=NOTHING)


def _retry_after(response: httpx2.Response) -> timedelta:
    """What the server asks for in seconds; nothing when it asks for no number."""
    try:
        return timedelta(seconds=max(float(response.headers.get("retry-after", 0)), 0))
    except (ValueError, OverflowError):
        return timedelta()


def _later(reason: str, spent: Spent | None) -> NotWritten:
    return NotWritten(reason, SOON, final=False, spent=spent)


def _final(reason: str, pause: timedelta, spent: Spent | None) -> NotWritten:
    return NotWritten(reason, pause, final=True, spent=spent)
