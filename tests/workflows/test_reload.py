"""A customer's workflow that is asked to load the ledger again: an import has written to it."""

import asyncio
from typing import Any

import pytest
from temporalio import activity

from intake.signals.customer_workflows import RunningCustomers
from tests.fixtures.interception import ActivityAnswers
from tests.fixtures.shop import ADA, Shop, eventually
from workflows.names import RELOAD_SIGNAL


async def test_what_was_written_to_the_ledger_counts_from_then_on(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("1", total="10.00")
    await shop.until_state("CUSTOMER")
    await _import(shop, "imported", "600.00")
    await shop.signal(RELOAD_SIGNAL, None)
    await eventually(shop.profile, lambda profile: (profile["order_count"], profile["total_spend"]) == (2, "610.00"))
    await shop.order("2", total="10.00")
    row = await shop.until_state("VIP")
    assert (row["order_count"], str(row["total_spend"])) == (3, "620.00")


@pytest.mark.slow
async def test_one_that_comes_while_the_ledger_is_read_is_not_lost(shop: Shop) -> None:
    answers, was_read, may_go_on = ActivityAnswers(), asyncio.Event(), asyncio.Event()

    async def wait(opened: Any) -> Any:
        if activity.info().is_local:
            # No signal reaches the workflow before this attempt has ended.
            await asyncio.Event().wait()
        was_read.set()
        await may_go_on.wait()
        return opened

    async with shop.worker(answers):
        await shop.order("1", total="10.00")
        await shop.until_state("CUSTOMER")
        answers.changes["open_customer"] = wait
        await shop.signal(RELOAD_SIGNAL, None)
        await was_read.wait()
        await _import(shop, "imported", "600.00")
        await shop.signal(RELOAD_SIGNAL, None)
        # Until the workflow has it: were it to see both at once, there would be nothing to lose.
        await shop.handle().query("profile")
        may_go_on.set()
        await eventually(shop.profile, lambda profile: profile["total_spend"] == "610.00")


async def test_a_workflow_that_it_starts_reads_the_ledger_once(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("1", total="10.00")
    await shop.until_state("CUSTOMER")
    await shop.handle().terminate()
    await _import(shop, "imported", "600.00")
    customer = shop.storefront.customer_id(ADA)
    customers = RunningCustomers(shop.skipper.client, shop.settings.task_queue)
    await customers.start(customer, ADA, RELOAD_SIGNAL, None)
    profile = await eventually(shop.profile, lambda profile: profile["epoch"] > 1)
    assert (profile["epoch"], profile["total_spend"], profile["not_applied"]) == (2, "610.00", [])


async def _import(shop: Shop, order_id: str, total: str) -> None:
    """Put an applied order of a minute ago into the ledger, past the workflow."""
    await shop.rows(
        """
        INSERT INTO event_inbox (event_id, customer_id, customer_email, type, occurred_at, body, status)
        SELECT 'import:' || CAST(:order_id AS text), customer_id, customer_email, type,
               occurred_at - interval '1 minute',
               jsonb_set(body, '{order}', jsonb_build_object(
                 'order_id', CAST(:order_id AS text), 'total', CAST(:total AS text), 'currency', 'USD'))
                 || jsonb_build_object('event_id', 'import:' || CAST(:order_id AS text),
                                       'occurred_at', occurred_at - interval '1 minute'),
               'APPLIED'
        FROM event_inbox WHERE type = 'ORDER_PAID' LIMIT 1
        RETURNING event_id
        """,
        order_id=order_id,
        total=total,
    )
