"""The whole circle on the real server: what is in PostgreSQL at its end, and what an operator sees in Temporal."""

from datetime import datetime, timedelta
from typing import Any

from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1 import WorkflowMetadata

from retention_client.customer_workflow import CUSTOMER_STATE, LIFETIME_SPEND, ORDER_COUNT
from tests.fixtures.shop import ADA, SKILLET, Shop, eventually
from tests.histories.runs import runs_of
from workflows.names import LAST_ORDER_DATE

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CIRCLE = ["LEAD", "CUSTOMER", "REPEAT", "VIP", "AT_RISK", "CHURNED", "REACTIVATED"]


async def test_the_whole_lifecycle(open_shop: Shop) -> None:
    shop = open_shop
    await shop.campaigns(without=["welcome-back-sms"])
    lost_at, back_at = await _live(shop)
    await _the_tables_tell_it(shop, lost_at)
    await _the_log_has_every_message(shop)
    await _an_operator_finds_the_customer(shop, back_at)
    await _an_operator_sees_the_details(shop)
    await _every_timer_and_activity_says_what_it_is(shop)


async def _live(shop: Shop) -> tuple[datetime, datetime]:
    """Through every state; the last order before the loss, and the one after."""
    await shop.send("VISITED", name="Ada", consent={"email": True})
    await shop.until_state("VISITOR")
    await shop.cart("c-1", SKILLET)
    await shop.until_state("LEAD")
    await shop.fast_forward(2 * HOUR)
    await shop.until_sent(1)
    await shop.order("1", cart_id="c-1")
    await shop.until_state("CUSTOMER")
    await shop.order("2")
    await shop.until_state("REPEAT")
    await shop.fast_forward(4 * DAY)
    vip = await shop.order("3")
    await shop.until_state("VIP")
    (order,) = await shop.rows("SELECT occurred_at FROM event_inbox WHERE event_id = :id", id=vip.event_id)
    await shop.fast_forward(181 * DAY)
    await shop.until_state("CHURNED")
    await shop.order("4", total="1.00")
    row = await shop.until_state("REACTIVATED")
    await shop.fast_forward(3 * HOUR)
    return order["occurred_at"], row["last_order_date"]


async def _the_tables_tell_it(shop: Shop, lost_at: datetime) -> None:
    (profile,) = await shop.rows(
        "SELECT customer_email, state, total_spend::text, order_count, name, consent_email FROM customer_profiles"
    )
    assert profile == {
        "customer_email": ADA,
        "state": "REACTIVATED",
        "total_spend": "598.00",
        "order_count": 4,
        "name": "Ada",
        "consent_email": True,
    }
    steps = await shop.rows("SELECT from_state, to_state, occurred_at, restated FROM state_transitions ORDER BY id")
    assert [step["to_state"] for step in steps] == CIRCLE
    assert [step["from_state"] for step in steps] == ["VISITOR", *CIRCLE[:-1]]
    moments = {step["to_state"]: step["occurred_at"] for step in steps}
    assert moments["AT_RISK"] == lost_at + 90 * DAY
    assert moments["CHURNED"] == lost_at + 180 * DAY
    assert not any(step["restated"] for step in steps)


async def _the_log_has_every_message(shop: Shop) -> None:
    await shop.until_sent(12)
    fates = [
        (message["slug"], message["step"], message["reason"] or message["status"]) for message in await shop.messages()
    ]
    sent = sorted((slug, step) for slug, step, fate in fates if fate == "SENT")
    assert sent == sorted(
        [
            ("abandoned-cart", 1),
            ("care-guide", 1),
            *[("order-confirmation", 1)] * 4,
            ("thank-you", 1),
            ("vip-welcome", 1),
            ("we-miss-you", 1),
            ("welcome-back", 1),
            ("win-back", 1),
            ("win-back", 2),
        ]
    )
    ended = {(slug, step): fate for slug, step, fate in fates if slug == "abandoned-cart" and fate != "SENT"}
    assert ended == {("abandoned-cart", 2): "ended by cart_closed", ("abandoned-cart", 3): "ended by cart_closed"}
    assert len(shop.mail.messages()) == len(sent)
    (row,) = await shop.rows("SELECT count(*) FROM communications_log WHERE (sent_at IS NULL) = (status = 'SENT')")
    assert row["count"] == 0
    campaigns = await shop.rows(
        "SELECT name, trigger_event, channel, delay_hours FROM campaigns WHERE slug = 'win-back' ORDER BY step"
    )
    assert campaigns == [
        {"name": "Win-Back", "trigger_event": "ENTERED_STATE_AT_RISK", "channel": "EMAIL", "delay_hours": hours}
        for hours in (0, 336)
    ]


async def _an_operator_finds_the_customer(shop: Shop, back_at: datetime) -> None:
    """By search attributes, which hold no address; the memo does."""
    query = (
        f"CustomerState = 'REACTIVATED' AND TaskQueue = '{shop.settings.task_queue}' AND ExecutionStatus = 'Running'"
    )

    async def listed() -> list[Any]:
        return [execution async for execution in shop.client.list_workflows(query)]

    (found,) = await eventually(listed, lambda executions: len(executions) == 1)
    assert found.id == shop.handle().id == f"customer/{shop.storefront.customer_id(ADA)}"
    attributes = found.typed_search_attributes
    assert attributes[CUSTOMER_STATE] == "REACTIVATED"
    assert attributes[LIFETIME_SPEND] == 598.0
    assert attributes[ORDER_COUNT] == 4
    assert attributes[LAST_ORDER_DATE].replace(microsecond=0) == back_at.replace(microsecond=0)
    assert "@" not in f"{found.id} {attributes}"
    assert await found.memo_value("customer_email") == ADA


async def _an_operator_sees_the_details(shop: Shop) -> None:
    metadata = await shop.handle().query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    details = metadata.current_details
    assert details.startswith("## REACTIVATED: ada@example.com")
    assert "**4** orders, **598.00 USD** in all" in details
    assert "CHURNED → REACTIVATED" in details
    described = {query.name: query.description for query in metadata.definition.query_definitions}
    assert described["profile"]
    assert described["timeline"]
    timeline = await shop.handle().query("timeline")
    assert any("order 4 paid" in line["what"] for line in timeline)


async def _every_timer_and_activity_says_what_it_is(shop: Shop) -> None:
    runs = await runs_of(shop.client, shop.handle().id)
    summaries = [
        (_kind(event), await _summary(shop, event))
        for run in runs
        for event in run.events
        if _kind(event) in {"timer", "activity"}
    ]
    assert all(summary for _, summary in summaries)
    assert ("timer", "a cart becomes abandoned") in summaries
    assert ("timer", "leaves VIP without a purchase") in summaries
    assert ("activity", "Order confirmation (1)") in summaries
    assert "@" not in str(summaries)


def _kind(event: HistoryEvent) -> str:
    if event.HasField("timer_started_event_attributes"):
        return "timer"
    return "activity" if event.HasField("activity_task_scheduled_event_attributes") else ""


async def _summary(shop: Shop, event: HistoryEvent) -> str:
    if not event.user_metadata.HasField("summary"):
        return ""
    (summary,) = await shop.client.data_converter.decode([event.user_metadata.summary])
    return str(summary)
