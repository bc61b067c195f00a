"""Writes to PostgreSQL from a customer's workflow: by a local activity, or by a regular one after it failed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

from activities.profiles import OrderProcessor
from activities.profiles.messages import CONFLICT, ERASED, PERMANENT
from workflows import timeouts
from workflows.erased import Erased

Request = TypeVar("Request")
Result = TypeVar("Result")


async def in_postgresql(activity: Callable[[OrderProcessor, Request], Awaitable[Result]], request: Request) -> Result:
    """Execute an activity of `OrderProcessor`.

    Raises `FailureError` if PostgreSQL rejects the request or does not answer for minutes, `Erased` if the customer was
    erased, and `CancelledError` if the workflow is cancelled meanwhile: treated as a failure, the cancellation would be
    lost.
    """
    try:
        return await _local_or_regular(activity, request)
    except FailureError as error:
        if is_cancelled_exception(error):
            raise asyncio.CancelledError from error
        if (cause := application_error_in(error)) and cause.type == ERASED:
            raise Erased from error
        raise


async def _local_or_regular(
    activity: Callable[[OrderProcessor, Request], Awaitable[Result]], request: Request
) -> Result:
    try:
        return await workflow.execute_local_activity_method(
            activity,
            request,
            schedule_to_close_timeout=timeouts.LOCAL_LIMIT,
            retry_policy=timeouts.LOCAL_RETRY,
        )
    except FailureError as error:
        if is_cancelled_exception(error) or _is_final(error):
            raise
    # The server retries a regular activity without adding events to the history.
    return await workflow.execute_activity_method(
        activity,
        request,
        start_to_close_timeout=timeouts.PERSISTENCE_ATTEMPT,
        schedule_to_close_timeout=timeouts.PERSISTENCE_LIMIT,
        retry_policy=timeouts.PERSISTENCE_RETRY,
        summary="PostgreSQL, after a local attempt failed",
    )


def application_error_in(error: FailureError) -> ApplicationError | None:
    """The error that the activity raised; None for time-outs and the like. A local activity's error is not wrapped."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return cause if isinstance(cause, ApplicationError) else None


def _is_final(error: FailureError) -> bool:
    cause = application_error_in(error)
    return cause is not None and cause.type in (CONFLICT, ERASED, PERMANENT)
