"""How long activities may take, and how often they are tried. Named once, here."""

from datetime import timedelta

from temporalio.common import RetryPolicy

from activities.profiles.messages import CONFLICT, ERASED, PERMANENT

LOCAL_LIMIT = timedelta(seconds=5)
"""A local activity longer than this would hold up the workflow task."""

# The limit above ends an attempt that hangs, but not the retries of one that fails at once: seven take 4.4 seconds.
LOCAL_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    maximum_interval=timedelta(seconds=1),
    maximum_attempts=7,
    non_retryable_error_types=[CONFLICT, ERASED, PERMANENT],
)

PERSISTENCE_ATTEMPT = timedelta(seconds=20)
PERSISTENCE_LIMIT = timedelta(minutes=2)
PERSISTENCE_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    maximum_interval=timedelta(seconds=15),
    non_retryable_error_types=[CONFLICT, ERASED, PERMANENT],
)

DELIVERY_ATTEMPT = timedelta(seconds=60)
DELIVERY_LIMIT = timedelta(minutes=2)
DELIVERY_HEARTBEAT = timedelta(seconds=10)
WRITING_ATTEMPT = timedelta(seconds=60)
WRITING_LIMIT = timedelta(minutes=3)
WRITING_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=2), maximum_interval=timedelta(seconds=20), maximum_attempts=4
)

DELIVERY_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
