"""The daily check on the real server: it signals who is due and starts who is missing, and touches nobody else."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import ActivityEnvironment

from activities.churn import CheckPage, CheckResult, ChurnCheck
from intake.signals.customer_workflows import RunningCustomers
from tests.fixtures.shop import Shop, eventually
from tests.histories.runs import runs_of
from tests.workflows.conftest import MOST_SIGNALS_OF_A_RUN
from worker import build_worker
from workflows.check_churn_risk import CheckChurnRisk, CheckReport, CheckRequest

DAY = timedelta(days=1)
DUE = {
    "customer": [(61, "10.00")],
    "repeat": [(70, "10.00"), (61, "10.00")],
    "reactivated": [(400, "300.00"), (395, "300.00"), (61, "10.00")],
}
NOT_DUE = {
    "exactly": [(60, "10.00")],
    "fresh": [(10, "10.00")],
    "vip": [(80, "300.00"), (70, "300.00")],
    "at-risk": [(110, "300.00"), (100, "300.00")],
    "churned": [(210, "300.00"), (200, "300.00")],
}


async def test_only_customers_who_are_due_are_signalled(open_shop: Shop) -> None:
    shop = open_shop
    as_of = datetime.now(UTC)
    await _bought(shop, as_of, **DUE, **NOT_DUE)
    await shop.send("VISITED", _address("visitor"))
    await shop.until_state("VISITOR", _address("visitor"))
    await shop.quiet(_address("visitor"))
    states = await _states(shop)
    assert states == {
        "customer": "CUSTOMER",
        "repeat": "REPEAT",
        "reactivated": "REACTIVATED",
        "exactly": "CUSTOMER",
        "fresh": "CUSTOMER",
        "vip": "VIP",
        "at-risk": "AT_RISK",
        "churned": "CHURNED",
        "visitor": "VISITOR",
    }
    await shop.campaigns("win-back")
    await _until_running(shop, len(states))
    others = [*NOT_DUE, "visitor"]
    before = await _lengths(shop, others)

    assert await _check(shop, as_of) == CheckReport(as_of, signalled=3, restarted=0, dry_run=False)
    for name in DUE:
        await shop.until_state("AT_RISK", _address(name))
        await shop.until_sent(1, _address(name))
    assert await _lengths(shop, others) == before
    assert await _states(shop) == {**states, **dict.fromkeys(DUE, "AT_RISK")}
    moved = await shop.rows("SELECT occurred_at FROM state_transitions WHERE cause LIKE 'churn-check:%'")
    assert [step["occurred_at"] for step in moved] == [as_of] * 3

    again = await _check(shop, as_of)
    assert again.signalled == 0


async def test_a_dry_run_only_counts(open_shop: Shop) -> None:
    shop = open_shop
    as_of = datetime.now(UTC)
    await _bought(shop, as_of, **DUE, missing=[(61, "10.00")])
    await shop.handle(_address("missing")).terminate()
    before = await _lengths(shop, [*DUE, "missing"])
    await _until_running(shop, len(DUE))
    assert await _check(shop, as_of, dry_run=True) == CheckReport(as_of, signalled=4, restarted=1, dry_run=True)
    assert await _lengths(shop, [*DUE, "missing"]) == before


async def test_a_check_as_of_the_future_moves_no_customer_early(open_shop: Shop) -> None:
    shop = open_shop
    now = datetime.now(UTC)
    await _bought(shop, now, early=[(55, "10.00")])
    await _check(shop, now + 10 * DAY)
    profile = await eventually(lambda: shop.profile(_address("early")), lambda profile: profile["revision"] == 2)
    assert profile["state"] == "CUSTOMER"


async def test_a_missing_workflow_is_restarted_from_the_ledger(open_shop: Shop) -> None:
    shop = open_shop
    now = datetime.now(UTC)
    await _bought(shop, now, vip=[(40, "300.00"), (30, "300.00")], fresh=[(1, "10.00")])
    email = _address("vip")
    await shop.handle(email).terminate()
    await _until_running(shop, 1)
    report = await _check(shop, now)
    assert (report.signalled, report.restarted) == (0, 1)
    profile = await eventually(lambda: shop.profile(email), lambda profile: profile["epoch"] == 2)
    assert (profile["state"], profile["total_spend"], profile["order_count"]) == ("VIP", "600.00", 2)
    (coming,) = profile["coming"]
    assert datetime.fromisoformat(coming["at"]) == now - 30 * DAY + 90 * DAY
    described = await shop.handle(email).describe()
    assert await described.memo_value("customer_email") == email


async def test_a_missing_workflow_of_a_due_customer_is_started_by_the_signal(open_shop: Shop) -> None:
    shop = open_shop
    now = datetime.now(UTC)
    await _bought(shop, now, lost=[(61, "10.00")])
    await shop.handle(_address("lost")).terminate()
    assert (await _check(shop, now)).signalled == 1
    await shop.until_state("AT_RISK", _address("lost"))


async def test_a_customer_stopped_on_purpose_stays_stopped(open_shop: Shop) -> None:
    shop = open_shop
    now = datetime.now(UTC)
    await _bought(shop, now, stopped=[(61, "10.00")])
    handle = shop.handle(_address("stopped"))
    await handle.cancel()

    async def status() -> WorkflowExecutionStatus | None:
        return (await handle.describe()).status

    await eventually(status, lambda found: found is WorkflowExecutionStatus.CANCELED)
    report = await _check(shop, now)
    assert (report.signalled, report.restarted) == (0, 0)
    assert await status() is WorkflowExecutionStatus.CANCELED


async def test_a_retried_page_continues_from_its_heartbeat(open_shop: Shop) -> None:
    shop = open_shop
    now = datetime.now(UTC)
    await _bought(shop, now, **{f"due-{number}": [(61, "10.00")] for number in range(5)})
    found = await shop.rows("SELECT customer_id, customer_email FROM customer_profiles ORDER BY customer_id")
    emails = [row["customer_email"].removesuffix("@example.com") for row in found]
    before = await _lengths(shop, emails)

    environment = ActivityEnvironment()
    beats: list[tuple[Any, ...]] = []
    environment.on_heartbeat = lambda *details: beats.append(details)
    environment.info = replace(environment.info, heartbeat_details=[found[1]["customer_id"], 2], attempt=2)
    result = await environment.run(_churn_check(shop, page_size=2).signal_due, CheckPage(now))
    assert result == CheckResult(5, None)
    assert beats == [(found[3]["customer_id"], 4), (found[4]["customer_id"], 5)]
    for email in emails[2:]:
        await shop.until_state("AT_RISK", _address(email))
    assert await _lengths(shop, emails[:2]) == {name: before[name] for name in emails[:2]}


async def test_a_stuck_customer_does_not_block_the_others(impatient_shop: Shop) -> None:
    shop = impatient_shop
    now = datetime.now(UTC)
    async with shop.worker():
        await _bought(shop, now, stuck=[(61, "10.00")], **DUE)
    for _ in range(MOST_SIGNALS_OF_A_RUN - 1):
        await shop.signal("visited", {}, _address("stuck"))
    result = await ActivityEnvironment().run(_churn_check(shop).signal_due, CheckPage(now))
    assert result == CheckResult(len(DUE), None)


async def test_a_long_list_takes_several_runs(impatient_shop: Shop) -> None:
    shop = impatient_shop
    now = datetime.now(UTC)
    check = _churn_check(shop, page_size=1, pages=1)
    async with build_worker(shop.client, shop.engine, shop.settings, churn_check=check):
        await _bought(shop, now, **{f"due-{number}": [(61, "10.00")] for number in range(12)})
        await shop.handle(_address("due-3")).terminate()
        await _until_running(shop, 11)
        handle = await _started_check(shop, CheckRequest(now))
        report = await handle.result()
        # Who was due and missing was started by the signal already.
        assert report == CheckReport(now, signalled=12, restarted=0, dry_run=False)
        for number in range(12):
            await shop.until_state("AT_RISK", _address(f"due-{number}"))
    assert len(await runs_of(shop.client, handle.id)) > 2


# Set-up


async def _bought(shop: Shop, now: datetime, **customers: list[tuple[int, str]]) -> None:
    """Customers with orders so many days before `now`, each with its total."""

    async def live(name: str, orders: list[tuple[int, str]]) -> None:
        for number, (days, total) in enumerate(orders):
            order = {"order_id": f"{name}-{number}", "total": total, "currency": "USD"}
            at = now - days * DAY
            await shop.send("ORDER_PAID", _address(name), at=at, order=order, consent={"email": True})
        await eventually(
            lambda: shop.rows("SELECT order_count FROM customer_profiles WHERE customer_email = :e", e=_address(name)),
            lambda rows: bool(rows) and rows[0]["order_count"] == len(orders),
        )
        await shop.quiet(_address(name))

    await asyncio.gather(*(live(name, orders) for name, orders in customers.items()))


def _address(name: str) -> str:
    return f"{name}@example.com"


async def _states(shop: Shop) -> dict[str, str]:
    rows = await shop.rows("SELECT customer_email, state FROM customer_profiles")
    return {row["customer_email"].removesuffix("@example.com"): row["state"] for row in rows}


async def _lengths(shop: Shop, names: list[str]) -> dict[str, int]:
    """How many events each customer's history has."""
    return {name: len(await shop.history(_address(name))) for name in names}


def _churn_check(shop: Shop, **limits: int) -> ChurnCheck:
    workflows = RunningCustomers(shop.client, shop.settings.task_queue)
    return ChurnCheck(shop.engine, shop.settings.policy(), workflows, **limits)


async def _started_check(shop: Shop, request: CheckRequest) -> WorkflowHandle[CheckChurnRisk, CheckReport]:
    return await shop.client.start_workflow(
        CheckChurnRisk.run, request, id=f"check-{uuid4()}", task_queue=shop.settings.task_queue
    )


async def _check(shop: Shop, as_of: datetime, *, dry_run: bool = False) -> CheckReport:
    return await (await _started_check(shop, CheckRequest(as_of, dry_run))).result()


async def _until_running(shop: Shop, count: int) -> None:
    """The list that the check looks at is a moment behind."""
    query = f"TaskQueue = '{shop.settings.task_queue}' AND ExecutionStatus = 'Running'"

    async def running() -> int:
        return (await shop.client.count_workflows(query)).count

    await eventually(running, lambda found: found == count)
