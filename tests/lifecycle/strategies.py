"""Lives made up by hypothesis: few orders, on days that the rules turn on, so that facts meet."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from lifecycle.facts import CartFilled, ChurnCheckFact, Fact, Purchase, Refund
from lifecycle.policy import Policy
from tests.lifecycle.shop import OPENING

POLICY = Policy()
STEP = timedelta(days=30)
LAST_STEP = 24
END = OPENING + (LAST_STEP + 1) * STEP

amounts = st.sampled_from(["0.00", "0.01", "20.00", "100.00", "250.00", "499.99", "500.00", "500.01"]).map(Decimal)


def instant(step: int, tick: int) -> datetime:
    """A moment, most often 60, 90 or 180 days from another, to the microsecond or next to it."""
    return OPENING + step * STEP + timedelta(microseconds=tick)


instants = st.builds(instant, st.integers(0, LAST_STEP), st.sampled_from([0, 0, 0, 1, -1]))

others = st.builds(CartFilled, instants, st.just(""), st.just("c-1")) | st.builds(ChurnCheckFact, instants, st.just(""))


def facts(least: int = 0, most: int = 25) -> st.SearchStrategy[list[Fact]]:
    """Facts of one customer in any order, each of an event of its own."""
    orders = st.sampled_from([f"o-{number}" for number in range(6)])
    some: st.SearchStrategy[Fact] = st.one_of(_purchases(orders), _purchases(orders), _refunds(orders), others)
    return st.lists(some, min_size=least, max_size=most).map(_numbered)


def facts_of_one_order() -> st.SearchStrategy[list[Fact]]:
    """A single order, perhaps reported twice, and what was refunded of it and cancelled."""
    order = st.just("o-1")
    reported = st.lists(_purchases(order), min_size=1, max_size=2)
    taken_back = st.lists(_refunds(order), min_size=2, max_size=6)
    return st.builds(lambda first, then: _numbered([*then, *first]), reported, taken_back)


def _purchases(order_ids: st.SearchStrategy[str]) -> st.SearchStrategy[Purchase]:
    return st.builds(Purchase, instants, st.just(""), order_ids, amounts)


def _refunds(order_ids: st.SearchStrategy[str]) -> st.SearchStrategy[Refund]:
    refund_ids = st.sampled_from(["r-1", "r-2"])
    refunds = st.builds(Refund, instants, st.just(""), order_ids, refund_ids, amounts, st.just(False))
    cancellations = st.builds(Refund, instants, st.just(""), order_ids, st.just(""), st.none() | amounts, st.just(True))
    return refunds | cancellations


def _numbered(found: list[Fact]) -> list[Fact]:
    return [replace(fact, event_id=f"e-{number:03}") for number, fact in enumerate(found)]
