"""To which message an order is due."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.operations.results.attribution import Sale, Touch, attribute
from tests.operations.results.conftest import DAY, HOUR, START, WINDOW

INSTANT = timedelta(microseconds=1)


def touch(key: str, kind: str = "CLICK", days: float = 0, customer: str = "ada") -> Touch:
    """A visit some days after the start, to a message that was sent long before."""
    assert kind in ("OPEN", "CLICK")
    return Touch(key, customer, "CLICK" if kind == "CLICK" else "OPEN", START + days * DAY, START - 30 * DAY)


def sale(days: float, customer: str = "ada", order: str = "o-1") -> Sale:
    """An order some days after the start, reported at once."""
    return Sale(customer, order, START + days * DAY, START + days * DAY)


def due_to(order: Sale, *touches: Touch) -> str | None:
    """The message of one order."""
    return attribute([order], touches, WINDOW).get((order.customer_id, order.order_id))


@pytest.mark.parametrize(
    ("after", "counts"),
    [(-INSTANT, False), (0 * DAY, True), (DAY, True), (WINDOW, True), (WINDOW + INSTANT, False)],
)
@pytest.mark.parametrize("kind", ["OPEN", "CLICK"])
def test_an_order_counts_from_the_visit_to_the_end_of_the_window(kind: str, after: timedelta, counts: bool) -> None:
    order = Sale("ada", "o-1", START + after, START + after)
    assert due_to(order, touch("a", kind)) == ("a" if counts else None)


def test_the_last_click_has_it_and_any_click_beats_an_open() -> None:
    assert due_to(sale(4), touch("a", days=1), touch("b", days=2)) == "b"
    assert due_to(sale(4), touch("a", days=1), touch("b", "OPEN", days=3)) == "a"
    assert due_to(sale(4), touch("a", "OPEN", days=1), touch("b", "OPEN", days=3)) == "b"
    # A click that is too old beats nothing.
    assert due_to(sale(6), touch("a", days=0), touch("b", "OPEN", days=3)) == "b"


def test_of_two_at_the_same_instant_the_smaller_key_has_it() -> None:
    assert due_to(sale(1), touch("b"), touch("a")) == "a"


def test_nobody_elses_visit_counts() -> None:
    assert due_to(sale(1), touch("a", customer="ben")) is None


def test_a_customer_ahead_of_us_visited_when_the_message_was_sent() -> None:
    visit = Touch("a", "ada", "CLICK", visited_at=START, sent_at=START + 100 * DAY)
    order = Sale("ada", "o-1", at=START + 101 * DAY, reported_at=START + HOUR)
    assert due_to(order, visit) == "a"
    assert due_to(replace(order, at=START + 106 * DAY), visit) is None
    assert due_to(replace(order, at=START + DAY), visit) is None


def test_what_we_were_told_of_before_anybody_visited_is_due_to_no_visit() -> None:
    visit = Touch("a", "ada", "CLICK", visited_at=START + 2 * HOUR, sent_at=START + 100 * DAY)
    assert due_to(Sale("ada", "o-1", at=START + 101 * DAY, reported_at=START + HOUR), visit) is None


customers = st.sampled_from(["ada", "ben"])
moments = st.builds(
    lambda days, ticks: START + days * DAY + ticks * INSTANT, st.integers(0, 12), st.sampled_from([-1, 0, 0, 0, 1])
)
some_touches = st.lists(
    st.builds(Touch, st.sampled_from("abcdef"), customers, st.sampled_from(["OPEN", "CLICK"]), moments, moments),
    max_size=12,
)
some_sales = st.lists(
    st.builds(Sale, customers, st.sampled_from(["o-1", "o-2", "o-3"]), moments, moments),
    max_size=6,
    unique_by=lambda order: (order.customer_id, order.order_id),
)


@given(some_sales, some_touches, st.integers(1, 6), st.randoms(use_true_random=False))
def test_the_order_in_which_they_come_does_not_matter(
    sales: list[Sale], touches: list[Touch], days: int, chance: random.Random
) -> None:
    def shuffled(found: Sequence[Sale] | Sequence[Touch]) -> list[Sale | Touch]:
        return chance.sample(list(found), len(found))

    again = attribute(shuffled(sales), shuffled(touches), days * DAY)  # type: ignore[arg-type]
    assert again == attribute(sales, touches, days * DAY)


@given(some_sales, some_touches, st.integers(1, 6))
def test_every_order_has_at_most_one_message_and_a_reason_for_it(
    sales: list[Sale], touches: list[Touch], days: int
) -> None:
    due = attribute(sales, touches, days * DAY)
    for order in sales:
        possible = [
            visit
            for visit in touches
            if visit.customer_id == order.customer_id
            and timedelta() <= order.at - max(visit.visited_at, visit.sent_at) <= days * DAY
            and visit.visited_at <= order.reported_at
        ]
        key = due.get((order.customer_id, order.order_id))
        assert (key is None) == (not possible)
        if key is not None:
            clicks = [visit for visit in possible if visit.kind == "CLICK"]
            last = max(visit.at for visit in clicks or possible)
            assert key == min(visit.message_key for visit in clicks or possible if visit.at == last)
    assert set(due) <= {(order.customer_id, order.order_id) for order in sales}
