"""What a stretch of history costs, counted as Temporal Cloud bills it."""

from collections.abc import Sequence
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

_ONE_ACTION = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    EventType.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
}


@dataclass(frozen=True)
class Cost:
    """Events, workflow tasks and billable actions."""

    events: int
    workflow_tasks: int
    actions: int


def story(events: Sequence[HistoryEvent]) -> str:
    """The events in short, for the message of a failed assertion."""
    return "\n".join(f"{event.event_id} {EventType.Name(event.event_type)}" for event in events)


def cost(events: Sequence[HistoryEvent]) -> Cost:
    """Count a stretch of one run's history. The start of a customer's first run is an action too."""
    started = [event for event in events if event.HasField("workflow_execution_started_event_attributes")]
    first_start = [e for e in started if not e.workflow_execution_started_event_attributes.continued_execution_run_id]
    tasks = [event for event in events if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
    attempts = sum(
        event.activity_task_started_event_attributes.attempt
        for event in events
        if event.HasField("activity_task_started_event_attributes")
    )
    local = {
        event.marker_recorded_event_attributes.workflow_task_completed_event_id
        for event in events
        if event.HasField("marker_recorded_event_attributes")
        and event.marker_recorded_event_attributes.marker_name == "core_local_activity"
    }
    single = [event for event in events if event.event_type in _ONE_ACTION]
    return Cost(len(events), len(tasks), len(first_start) + attempts + len(local) + len(single))
