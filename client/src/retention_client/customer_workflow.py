"""Starts and signals the customer's workflow by name, without the engine's code."""

from datetime import timedelta
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.common import (
    RawValue,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
)

from retention_client.identity import workflow_id

CUSTOMER_WORKFLOW = "CustomerWorkflow"
TASK_QUEUE = "retention"

CUSTOMER_STATE = SearchAttributeKey.for_keyword("CustomerState")
LIFETIME_SPEND = SearchAttributeKey.for_float("LifetimeSpend")
ORDER_COUNT = SearchAttributeKey.for_int("OrderCount")

SIGNAL_TIMEOUT = timedelta(seconds=10)
"""The time-out of one signal."""

EVENT_ID = "event-id"
"""The payload metadata with an event's id, by which the workflow recognises a duplicate without decoding it."""

_NEW_CUSTOMER = TypedSearchAttributes(
    [
        SearchAttributePair(CUSTOMER_STATE, "VISITOR"),
        SearchAttributePair(LIFETIME_SPEND, 0.0),
        SearchAttributePair(ORDER_COUNT, 0),
    ]
)


def event_argument(event_id: str, text: str) -> RawValue:
    """Return a signal's argument that carries the canonical JSON of an event unchanged; a payload codec applies."""
    metadata = {"encoding": b"json/plain", EVENT_ID: event_id.encode()}
    return RawValue(Payload(metadata=metadata, data=text.encode()))


async def signal_with_start(
    client: Client, task_queue: str, customer_id: str, email: str, signal: str | None = None, argument: Any = None
) -> None:
    """Start a customer's workflow unless it runs, and signal it. Raises Temporal's `RPCError`."""
    await client.start_workflow(
        CUSTOMER_WORKFLOW,
        {"customer_id": customer_id, "customer_email": email},
        id=workflow_id(customer_id),
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        memo={"customer_email": email},
        search_attributes=_NEW_CUSTOMER,
        start_signal=signal,
        start_signal_args=[argument] if signal else [],
        rpc_timeout=SIGNAL_TIMEOUT,
    )
