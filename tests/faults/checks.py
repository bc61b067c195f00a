"""What must hold of a customer after any fault, worked out from the events alone."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent

from retention_client.events import parse_event
from tests.fixtures.shop import ADA, Shop, eventually

Event = dict[str, Any]


async def until_applied(shop: Shop, events: Iterable[Event], email: str = ADA, patience: float = 60) -> None:
    """Wait until every one of the events is in the ledger as applied."""
    wanted = {event["event_id"] for event in events}
    await eventually(
        lambda: _ledger(shop, email),
        lambda rows: wanted <= {row["event_id"] for row in rows if row["status"] == "APPLIED"},
        patience,
    )


async def assert_applied_once(shop: Shop, events: Sequence[Event], email: str = ADA) -> None:
    """The ledger has every distinct event once and nothing else, and row and workflow tell of exactly these."""
    rows = [row for row in await _ledger(shop, email) if row["type"] not in {"CART_UPDATED", "ADD_TO_CART"}]
    distinct = {event["event_id"]: event for event in events}
    assert {row["event_id"]: row["status"] for row in rows} == dict.fromkeys(distinct, "APPLIED")

    orders = [event for event in distinct.values() if event["type"] == "ORDER_PAID"]
    paid = sum((Decimal(event["order"]["total"]) for event in orders), Decimal("0.00"))
    spend = paid - sum(Decimal(event["amount"]) for event in distinct.values() if event["type"] == "ORDER_REFUNDED")
    last = max(parse_event(event, currency="USD").occurred_at for event in orders)
    (profile,) = await shop.rows(
        "SELECT * FROM customer_profiles WHERE customer_id = :id", id=shop.storefront.customer_id(email)
    )
    assert (profile["order_count"], profile["total_spend"]) == (len(orders), spend)
    assert profile["last_order_date"] == last
    shown = await shop.profile(email)
    assert (shown["order_count"], shown["total_spend"], shown["state"]) == (len(orders), str(spend), profile["state"])
    assert shown["not_applied"] == []


async def runs(shop: Shop, email: str = ADA) -> list[list[HistoryEvent]]:
    """The histories of a customer's present chain of runs, the first one first."""
    found = [await shop.history(email)]
    while run_id := found[0][0].workflow_execution_started_event_attributes.continued_execution_run_id:
        earlier = shop.client.get_workflow_handle(shop.handle(email).id, run_id=run_id)
        found.insert(0, list((await earlier.fetch_history()).events))
    return found


_INTERRUPTED = {
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
}
"""The server ends a task because signals came in between, one before a closing command or many of them."""


def failures(run: Iterable[HistoryEvent]) -> list[str]:
    """What went wrong with a run's own code. A task that signals interrupted is done again, which is no failure."""
    return [
        f"{EventType.Name(event.event_type)}: {event.workflow_task_failed_event_attributes}"
        for event in run
        if event.event_type
        in {EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED}
        and event.workflow_task_failed_event_attributes.cause not in _INTERRUPTED
    ]


async def _ledger(shop: Shop, email: str) -> list[dict[str, Any]]:
    return await shop.rows(
        "SELECT event_id, type, status FROM event_inbox WHERE customer_id = :id",
        id=shop.storefront.customer_id(email),
    )
