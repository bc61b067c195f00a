"""Those a campaign was meant for beside those held out, with known figures."""

from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns.campaign_results import Period
from db.campaigns.holdouts import Group, Holdout, holdouts
from operations.results.report import lift_of
from tests.operations.results.conftest import DAY, EVER, HOUR, START, WINDOW, Log

NOW = START + 60 * DAY


@pytest.fixture
def held(log: Log) -> Log:
    """A log with a campaign that holds customers out, one of them from the beginning."""
    log.campaign(holdout=20)
    log.message("out", "out", held_out=True, sent=None, reason="held out: one of the 20% to compare with")
    return log


async def groups(engine: AsyncEngine, period: Period = EVER, now: datetime = NOW) -> Holdout:
    """The groups of the one campaign."""
    return (await holdouts(engine, WINDOW, period, now))["care"]


async def test_both_sides_count_whatever_was_bought_after_it_was_due(held: Log, engine: AsyncEngine) -> None:
    held.message("got it", "ada")
    held.message("did not agree", "ben", sent=None, reason="no consent", decisions=[{"at": START.isoformat()}])
    held.message("bought before", "cleo", sent=None, reason="ended by purchase")
    # Never opened, never clicked: due to no message, and still bought.
    held.order("1", "ada", at=START + DAY, total="50.00")
    held.order("2", "ada", at=START + 2 * DAY, total="30.00")
    held.order("3", "ben", at=START + WINDOW, total="20.00")
    held.order("4", "out", at=START + DAY, total="40.00")
    held.refund("4", "out", amount="15.00")
    # At the very instant, before it, and after the window.
    held.order("5", "cleo", at=START)
    held.order("6", "cleo", at=START - HOUR)
    held.order("7", "out", at=START + WINDOW + HOUR)
    found = await groups(engine)
    assert found.held_out == Group(1, 1, 1, Decimal("25.00"), 0.0)
    assert (found.meant.customers, found.meant.buyers, found.meant.orders) == (3, 2, 3)
    assert found.meant.revenue == Decimal("100.00")
    # Of 80, 20 and 0, around 33⅓.
    assert found.meant.variance == pytest.approx((46.6667**2 + 13.3333**2 + 33.3333**2) / 2, abs=0.01)
    assert (found.sent.customers, found.sent.orders, found.sent.revenue) == (1, 2, Decimal("80.00"))


async def test_an_order_in_two_windows_counts_once(held: Log, engine: AsyncEngine) -> None:
    held.message("one", "ada")
    held.message("two", "ada", due=START + DAY, sent=START + DAY)
    held.order("1", "ada", at=START + 2 * DAY)
    meant = (await groups(engine)).meant
    assert (meant.customers, meant.buyers, meant.orders, meant.revenue) == (1, 1, 1, Decimal("100.00"))


async def test_who_never_came_to_the_question_is_on_no_side(held: Log, engine: AsyncEngine) -> None:
    held.message("again", "ada", sent=None, reason="sent once in a life")
    held.message("before the holdout began", "ben", due=START - 30 * DAY, sent=START - 30 * DAY)
    held.message("to come", "cleo", due=NOW + DAY, status="PLANNED", sent=None)
    # The holdout was made smaller.
    held.message("once out", "dora", held_out=True, sent=None)
    held.message("now in", "dora", due=START + DAY, sent=START + DAY)
    found = await groups(engine)
    assert (found.held_out.customers, found.meant.customers) == (1, 0)


async def test_what_comes_after_the_holdout_ended_is_not_compared(log: Log, engine: AsyncEngine) -> None:
    log.campaign(holdout=0)
    log.message("out", "out", held_out=True, sent=None)
    log.message("in", "ada")
    log.message("after it", "ben", due=START + 30 * DAY, sent=START + 30 * DAY)
    assert (await groups(engine)).meant.customers == 1


async def test_what_was_put_off_was_due_when_that_was_decided(held: Log, engine: AsyncEngine) -> None:
    put_off = [{"at": START.isoformat(), "decision": "put off", "reason": "quiet hours"}]
    later = START + 3 * DAY
    held.message("m", "ada", due=later, sent=later, decisions=put_off, planned_at=START - HOUR)
    held.order("1", "ada", at=START + DAY)
    assert (await groups(engine)).meant.buyers == 1
    assert (await groups(engine, Period(until=START + DAY))).meant.customers == 1


async def test_a_customer_ahead_of_us_is_asked_by_their_own_time(held: Log, engine: AsyncEngine) -> None:
    held.message("ahead", "ada", due=NOW + DAY, sent=NOW + DAY)
    assert (await groups(engine)).meant.customers == 0
    held.profile("ada", NOW + 2 * DAY)
    assert (await groups(engine)).meant.customers == 1


async def test_without_a_holdout_there_is_none(log: Log, engine: AsyncEngine) -> None:
    log.campaign()
    log.message("m")
    assert await holdouts(engine, WINDOW, EVER, NOW) == {}


def test_the_lift_is_what_the_campaign_was_meant_for_less_the_held_out() -> None:
    meant = Group(customers=900, buyers=135, orders=150, revenue=Decimal("13500.00"), variance=8100.0)
    held_out = Group(customers=100, buyers=8, orders=8, revenue=Decimal("800.00"), variance=6400.0)
    lift = lift_of(Holdout(held_out, meant, Group()))
    assert lift.buyers
    assert lift.buyers.value == pytest.approx(0.07)
    # The standard error is √(8100/900 + 6400/100) = √73.
    margin = 1.95996 * 73**0.5
    assert lift.revenue
    found = (lift.revenue.value, lift.revenue.low, lift.revenue.high)
    assert found == pytest.approx((7, 7 - margin, 7 + margin), abs=1e-3)


def test_a_small_holdout_is_too_early_to_tell() -> None:
    few = lift_of(Holdout(Group(customers=20, buyers=10), Group(customers=500, buyers=100), Group()))
    assert (few.buyers, few.revenue) == (None, None)
    no_buyers = lift_of(Holdout(Group(customers=200), Group(customers=500), Group()))
    assert (no_buyers.buyers, no_buyers.revenue) == (None, None)
