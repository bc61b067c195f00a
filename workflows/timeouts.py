"""Time-outs and retry policies of the activities."""

from datetime import timedelta

from temporalio.common import RetryPolicy

from activities.profiles.messages import CONFLICT, ERASED, PERMANENT

LOCAL_LIMIT = timedelta(seconds=5)
"""A local activity that takes longer would hold up the workflow task."""

# LOCAL_LIMIT ends an attempt that hangs, but not the retries of one that fails at once: seven attempts take 4.4 s.
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
