"""The schedule of the daily churn check."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)

from lifecycle.daily_checks import CHECKED_AT
from workflows.check_churn_risk import CheckChurnRisk, CheckRequest
from workflows.names import SCHEDULE_ID


async def ensure_schedule(client: Client, task_queue: str) -> None:
    """Create the schedule, daily at `CHECKED_AT`. An existing one is kept: an operator may have changed it.

    A check is skipped while the previous one is running; one missed in an outage of up to a day is caught up.
    """
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(CheckChurnRisk.run, CheckRequest(), id=SCHEDULE_ID, task_queue=task_queue),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(hour=[ScheduleRange(CHECKED_AT.hour)], minute=[ScheduleRange(CHECKED_AT.minute)])
            ]
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=1)),
    )
    try:
        await client.create_schedule(SCHEDULE_ID, schedule)
    except ScheduleAlreadyRunningError:
        return
