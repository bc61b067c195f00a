"""One attempt of the delivery activity: its fencing token, and the error that makes Temporal retry it."""

from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError


def attempt_fence() -> str:
    """The fencing token of this attempt: late writes of earlier attempts are rejected."""
    info = activity.info()
    return f"{info.workflow_run_id}/{info.activity_id}/{info.attempt}"


def retryable_error(kind: str, reason: str, delay: timedelta | None = None) -> ApplicationError:
    """The error to raise for another attempt: after `delay`, else after the retry policy's interval."""
    return ApplicationError(reason, type=kind, next_retry_delay=delay)
