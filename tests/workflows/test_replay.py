"""Stored histories of the real server replay with today's code: living customers go on after a release.

A history that does not is a change that breaks them: put it behind `workflow.patched`, and record nothing anew.
"""

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import TaskQueueKind
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.histories.altered import ShowsAfterDelivery
from tests.histories.files import as_text, read, stored
from tests.histories.record import NAMES
from worker import workflow_runner
from workflows.check_churn_risk import CheckChurnRisk
from workflows.connection import data_converter
from workflows.customer import CustomerWorkflow
from workflows.erase_customer import EraseCustomer

HISTORIES = stored()


@pytest.mark.parametrize("name", HISTORIES)
async def test_every_history_replays(name: str) -> None:
    await _replayer(CustomerWorkflow, CheckChurnRisk, EraseCustomer).replay_workflow(read(HISTORIES[name]))


async def test_another_order_of_commands_does_not_replay() -> None:
    with pytest.raises(workflow.NondeterminismError):
        await _replayer(ShowsAfterDelivery).replay_workflow(read(HISTORIES["grace-1"]))


def test_every_life_has_a_stored_history() -> None:
    assert {name.rpartition("-")[0] for name in HISTORIES} == set(NAMES)


def test_the_histories_cover_the_whole_workflow() -> None:
    """Whatever a customer's workflow asks of the server or of an activity is in at least one of them."""
    found = "".join(path.read_text(encoding="utf-8") for path in HISTORIES.values())
    for part in (
        "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
        "EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED",
        "EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
        "EVENT_TYPE_TIMER_FIRED",
        '"activityType":{"name":"deliver_message"}',
        '"activityType":{"name":"write_content"}',
        '"activityType":{"name":"persist_change"}',
        '"activityType":{"name":"close_customer"}',
        '"activityType":{"name":"signal_due_customers"}',
        '"activityType":{"name":"restart_missing_customers"}',
        '"activityType":{"name":"prove_erasure"}',
        "EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED",
        "core_local_activity",
    ):
        assert part in found, part


async def test_a_run_starts_with_the_snapshot_of_the_previous_run() -> None:
    first, second = read(HISTORIES["rolled-1"]), read(HISTORIES["rolled-2"])
    ended = first.events[-1].workflow_execution_continued_as_new_event_attributes
    began = second.events[0].workflow_execution_started_event_attributes
    assert began.original_execution_run_id == ended.new_execution_run_id
    assert began.input == ended.input


def test_a_stored_history_contains_nothing_about_the_machine() -> None:
    history = read(HISTORIES["grace-1"])
    for event in history.events:
        if event.HasField("workflow_task_started_event_attributes"):
            event.workflow_task_started_event_attributes.identity = "12345@host"
        if event.HasField("workflow_task_scheduled_event_attributes"):
            event.workflow_task_scheduled_event_attributes.task_queue.name = "12345@host-0123"
            event.workflow_task_scheduled_event_attributes.task_queue.kind = TaskQueueKind.TASK_QUEUE_KIND_STICKY
    text = as_text(history)
    assert "@host" not in text
    assert WorkflowHistory.from_json("again", text).events[-1].event_id == history.events[-1].event_id


def _replayer(*workflows: type) -> Replayer:
    """As a worker runs them."""
    return Replayer(workflows=workflows, workflow_runner=workflow_runner(), data_converter=data_converter({}))
