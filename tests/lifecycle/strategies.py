"""Lives made up by hypothesis: few orders, few moments, so that facts meet."""

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from lifecycle.facts import CartFilled, ChurnCheck, Fact, Purchase, Refund
from lifecycle.policy import Policy
from tests.lifecycle.shop import OPENING

POLICY = Policy()
LAST_DAY = 700
END = OPENING + timedelta(days=LAST_DAY)

days = st.integers(0, LAST_DAY)
amounts = st.sampled_from(["0.00", "0.01", "20.00", "100.00", "250.00", "499.99", "500.00", "500.01"]).map(Decimal)
order_ids = st.sampled_from([f"o-{number}" for number in range(6)])


def moments(day: int, tick: int) -> datetime:
    """A day, and a few microseconds around the edges that the rules have."""
    return OPENING + timedelta(days=day, microseconds=tick)


instants = st.builds(moments, days, st.sampled_from([0, 0, 1]))

purchases = st.builds(Purchase, instants, st.just(""), order_ids, amounts)
refunds = st.builds(
    Refund,
    instants,
    st.just(""),
    order_ids,
    st.sampled_from(["r-1", "r-2"]),
    amounts,
    st.just(False),
)
cancellations = st.builds(Refund, instants, st.just(""), order_ids, st.just(""), st.none() | amounts, st.just(True))
others = st.builds(CartFilled, instants, st.just(""), st.just("c-1")) | st.builds(ChurnCheck, instants, st.just(""))


def facts(least: int = 0, most: int = 25) -> st.SearchStrategy[list[Fact]]:
    """Facts of one customer in any order, each of an event of its own."""
    some: st.SearchStrategy[Fact] = st.one_of(purchases, purchases, refunds, cancellations, others)
    return st.lists(some, min_size=least, max_size=most).map(_numbered)


def _numbered(found: list[Fact]) -> list[Fact]:
    return [type(fact)(**{**fact.__dict__, "event_id": f"e-{number:03}"}) for number, fact in enumerate(found)]
