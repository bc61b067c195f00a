"""What is counted of campaigns, with known figures."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns.campaign_results import CampaignResults, Period, Skipped, campaign_results, skipped_messages
from lifecycle.comparison import Share, compare_shares
from operations.results.report import leads_of, load_report
from tests.operations.results.conftest import DAY, EVER, HOUR, START, WINDOW, Log

NOW = START + 60 * DAY


async def whole(engine: AsyncEngine, period: Period = EVER, slug: str = "care") -> CampaignResults:
    """The results of one campaign as a whole."""
    found = await campaign_results(engine, WINDOW, period)
    return next(part for part in found if (part.slug, part.step, part.variant) == (slug, None, None))


async def test_every_fate_has_its_count(log: Log, engine: AsyncEngine) -> None:
    log.campaign()
    for name in ("read", "followed", "scanned", "swept", "unread"):
        log.message(name, provider="resend", customer=name)
        log.happened(name, "DELIVERED")
    for _ in range(2):
        log.happened("read", "OPEN")
        log.happened("followed", "CLICK")
        log.happened("scanned", "OPEN", machine=True)
    log.happened("swept", "CLICK", machine=True)
    log.happened("read", "CLICK", machine=True)
    log.happened("followed", "UNSUBSCRIBE")
    log.happened("unread", "SOFT_BOUNCE")
    log.message("complained", status="COMPLAINED", provider="resend")
    log.happened("complained", "COMPLAINT")
    log.message("returned", status="BOUNCED", provider="resend")
    log.happened("returned", "BOUNCE")
    log.message("refused at the door", status="BOUNCED", sent=None)
    log.message("by another way", provider="smtp")
    log.message("lost sight of", status="UNKNOWN", sent=None)
    log.message("broken", status="FAILED", sent=None)
    log.message("to come", status="PLANNED", sent=None)
    log.message("no", reason="no consent", sent=None)
    log.message("never", held_out=True, sent=None)
    assert await whole(engine) == CampaignResults(
        slug="care",
        planned=13,
        waiting=1,
        sent=8,
        told_of=7,
        delivered=5,
        opened=2,
        opened_by_machines=2,
        clicked=1,
        clicked_by_machines=2,
        revenue=Decimal(0),
        unsubscribed=1,
        complained=1,
        bounced=2,
        soft_bounced=1,
        failed=1,
        unknown=1,
        skipped=1,
        held_out=1,
        customers=6,
        clickers=1,
    )
    assert await skipped_messages(engine, EVER) == (Skipped("care", "no consent", 1),)


async def test_revenue_is_net_of_refunds_and_a_cancelled_order_is_not_counted(log: Log, engine: AsyncEngine) -> None:
    log.campaign()
    log.message("m")
    log.happened("m", "CLICK")
    for order in ("kept", "partly", "all", "cancelled"):
        log.order(order, at=START + DAY, total="100.00")
    log.refund("partly", amount="40.00")
    log.refund("all", amount="100.00", counted=False)
    log.refund("cancelled", amount="60.00", counted=False)
    log.order("too late", at=START + HOUR + WINDOW + HOUR)
    log.message("scanned", "ben")
    log.happened("scanned", "CLICK", machine=True)
    log.order("nobody's", "ben", at=START + DAY)
    found = await whole(engine)
    assert (found.orders, found.revenue, found.buyers) == (2, Decimal("200.00"), 1)


async def test_an_order_counts_for_one_campaign_step_and_period_only(log: Log, engine: AsyncEngine) -> None:
    log.campaign("care", 1)
    log.campaign("care", 2)
    log.campaign("nudge")
    log.message("first", step=1)
    log.message("second", step=2, due=START + DAY, sent=START + DAY)
    log.message("nudge", slug="nudge", due=START + 2 * DAY, sent=START + 2 * DAY)
    log.happened("first", "CLICK", START + HOUR)
    log.happened("second", "CLICK", START + DAY + HOUR)
    log.happened("nudge", "OPEN", START + 2 * DAY + HOUR)
    log.order("o-1", at=START + 3 * DAY)
    found = await campaign_results(engine, WINDOW, EVER)
    assert {(part.slug, part.step): part.orders for part in found} == {
        ("care", None): 1,
        ("care", 1): 0,
        ("care", 2): 1,
        ("nudge", None): 0,
        ("nudge", 1): 0,
    }
    before = Period(until=START + DAY)
    assert (await whole(engine, before)).sent == 1
    assert (await whole(engine, before)).orders == 0
    since = Period(since=START + DAY)
    assert ((await whole(engine, since)).sent, (await whole(engine, since)).orders) == (1, 1)


async def test_a_report_has_every_campaign_and_the_steps_it_has_or_had(log: Log, engine: AsyncEngine) -> None:
    log.campaign("care", 1, name="First")
    log.campaign("care", 2, removed_at=START)
    log.campaign("care", 3, removed_at=START)
    log.campaign("quiet", status="draft")
    log.message("m", step=3)
    care, quiet = await load_report(engine, WINDOW, EVER, NOW)
    assert [(step.step, step.name, step.results.sent) for step in care.steps] == [(1, "First", 0), (3, "First", 1)]
    assert (quiet.results, quiet.status, quiet.holdout, quiet.lift) == (CampaignResults("quiet"), "draft", None, None)


async def test_variants_are_counted_in_customers(log: Log, engine: AsyncEngine) -> None:
    log.campaign("care", 1)
    log.campaign("care", 2)
    for variant, customers, clickers in (("A", 120, 12), ("B", 120, 36)):
        for number in range(customers):
            customer = f"{variant}{number}"
            log.message(f"{customer} 1", customer, step=1, variant=variant)
            log.message(f"{customer} 2", customer, step=2, variant=variant)
            if number < clickers:
                log.happened(f"{customer} 1", "CLICK")
                log.happened(f"{customer} 2", "CLICK")
    log.message("kept from it", "eve", variant="A", held_out=True, sent=None)
    [report] = await load_report(engine, WINDOW, EVER, NOW)
    assert [(arm.variant, arm.customers, arm.sent, arm.clickers) for arm in report.variants] == [
        ("A", 120, 240, 12),
        ("B", 120, 240, 36),
    ]
    clicks, orders = report.leads
    assert (clicks.measure, clicks.leader, clicks.runner_up) == ("clicked", "B", "A")
    assert clicks.difference == compare_shares(Share(36, 120), Share(12, 120))
    assert clicks.difference
    assert clicks.difference.is_significant
    assert (orders.measure, orders.difference) == ("ordered", None)


def test_of_three_arms_the_best_is_compared_with_the_next_more_carefully() -> None:
    clickers = {"A": 40, "B": 90, "C": 60}
    arms = [CampaignResults("care", variant=name, customers=500, clickers=count) for name, count in clickers.items()]
    clicks, _ = leads_of(arms)
    two, _ = leads_of(arms[1:])
    assert (clicks.leader, clicks.runner_up) == ("B", "C")
    assert clicks.difference
    assert two.difference
    assert clicks.difference.low < two.difference.low


async def test_a_customer_who_lives_ahead_clicked_when_the_message_was_sent(log: Log, engine: AsyncEngine) -> None:
    log.campaign()
    ahead = START + 100 * DAY
    log.message("m", due=ahead, sent=ahead)
    log.happened("m", "CLICK", START + HOUR)
    log.order("before the click", at=ahead + HOUR, reported_at=START)
    log.order("after it", at=ahead + 2 * DAY, reported_at=START + 2 * HOUR)
    assert (await whole(engine)).orders == 1


async def test_nothing_is_nothing(log: Log, engine: AsyncEngine) -> None:
    period = Period(datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 2, 1, tzinfo=UTC))
    assert await load_report(engine, WINDOW, period, NOW) == ()
