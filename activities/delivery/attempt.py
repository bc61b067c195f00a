"""One attempt at a delivery: its name, and how it ends when the message's fate is not settled."""

from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError


def fence_of_this_attempt() -> str:
    """Names this attempt and no other, so that a late word of an earlier one is never taken for ours."""
    info = activity.info()
    return f"{info.workflow_run_id}/{info.activity_id}/{info.attempt}"


def try_again(kind: str, reason: str, delay: timedelta | None = None) -> ApplicationError:
    """What to raise for Temporal to try once more, after `delay` if there is one."""
    return ApplicationError(reason, type=kind, next_retry_delay=delay)
