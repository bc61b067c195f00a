"""PostgreSQL from a customer's workflow: locally in the usual case, with patience when it does not answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

from activities.profiles import OrderProcessor
from activities.profiles.messages import CONFLICT, ERASED, PERMANENT
from workflows import timeouts
from workflows.erased import Erased

Given = TypeVar("Given")
Result = TypeVar("Result")


async def in_postgresql(activity: Callable[[OrderProcessor, Given], Awaitable[Result]], given: Given) -> Result:
    """Have `OrderProcessor` do something.

    Raises `FailureError` when PostgreSQL refuses or does not answer for minutes, `Erased` when the customer is no more,
    and `CancelledError` when the workflow is cancelled meanwhile: taken for a failure, its end would be forgotten.
    """
    try:
        return await _locally_or_through_the_server(activity, given)
    except FailureError as error:
        if is_cancelled_exception(error):
            raise asyncio.CancelledError from error
        if (said := refusal_in(error)) and said.type == ERASED:
            raise Erased from error
        raise


async def _locally_or_through_the_server(
    activity: Callable[[OrderProcessor, Given], Awaitable[Result]], given: Given
) -> Result:
    try:
        return await workflow.execute_local_activity_method(
            activity,
            given,
            schedule_to_close_timeout=timeouts.LOCAL_LIMIT,
            retry_policy=timeouts.LOCAL_RETRY,
        )
    except FailureError as error:
        if is_cancelled_exception(error) or _is_final(error):
            raise
    # The server keeps trying without events.
    return await workflow.execute_activity_method(
        activity,
        given,
        start_to_close_timeout=timeouts.PERSISTENCE_ATTEMPT,
        schedule_to_close_timeout=timeouts.PERSISTENCE_LIMIT,
        retry_policy=timeouts.PERSISTENCE_RETRY,
        summary="PostgreSQL, after a local attempt failed",
    )


def refusal_in(error: FailureError) -> ApplicationError | None:
    """What the activity itself said; None when it said nothing. A local one's word comes without a wrapping."""
    said = error.cause if isinstance(error, ActivityError) else error
    return said if isinstance(said, ApplicationError) else None


def _is_final(error: FailureError) -> bool:
    said = refusal_in(error)
    return said is not None and said.type in (CONFLICT, ERASED, PERMANENT)
