"""What goes back to the customer: it reduces what they spent, and never demotes them by itself."""

from decimal import Decimal

import pytest

from lifecycle.states import State
from tests.lifecycle.shop import cancelled, paid, refunded
from tests.lifecycle.story import Story, story_of


@pytest.mark.parametrize("state", [State.CUSTOMER, State.REPEAT, State.VIP, State.AT_RISK, State.CHURNED])
def test_refunds_never_demote(state: State) -> None:
    story = story_of(state)
    for order_id in story.customer.standing.orders:
        story.tell(cancelled(story.now, order_id))
    assert (story.state, story.totals) == (state, (Decimal("0.00"), 0))


def test_refunds_reduce_spend_from_their_time_on() -> None:
    story = Story(paid(0, "300.00", order_id="o-1"), refunded(1, "o-1", "150.00"), paid(2, "300.00"))
    assert (story.state, story.totals) == (State.REPEAT, (Decimal("450.00"), 2))


def test_a_refund_told_after_the_order_that_it_preceded_corrects_the_past() -> None:
    story = Story(paid(0, "300.00", order_id="o-1"), paid(2, "300.00"))
    assert story.state is State.VIP
    change = story.tell(refunded(1, "o-1", "150.00"), arrives=3)
    assert [(step.from_state, step.to_state, step.restated) for step in change.transitions] == [
        (State.VIP, State.REPEAT, True)
    ]


def test_refunds_take_back_at_most_the_total() -> None:
    story = Story(paid(0, "100.00", order_id="o-1"), paid(0, "50.00"), refunded(1, "o-1", "900.00"))
    assert story.totals == (Decimal("50.00"), 1)


def test_a_partial_refund_leaves_the_order_counted() -> None:
    story = Story(paid(0, "100.00", order_id="o-1"), refunded(1, "o-1", "99.99"))
    assert story.totals == (Decimal("0.01"), 1)


def test_refunds_add_up() -> None:
    refunds = [refunded(1, "o-1", "30.00", refund_id="r-1"), refunded(2, "o-1", "30.00", refund_id="r-2")]
    assert Story(paid(0, order_id="o-1"), *refunds).totals == (Decimal("40.00"), 1)


def test_refunds_without_an_id_add_up_too() -> None:
    refunds = [refunded(1, "o-1", "30.00"), refunded(2, "o-1", "30.00")]
    assert Story(paid(0, order_id="o-1"), *refunds).totals == (Decimal("40.00"), 1)


def test_the_same_refund_again_carries_the_amount_so_far() -> None:
    refunds = [refunded(1, "o-1", "30.00", refund_id="r-1"), refunded(2, "o-1", "50.00", refund_id="r-1")]
    assert Story(paid(0, order_id="o-1"), *refunds).totals == (Decimal("50.00"), 1)


def test_the_amount_so_far_never_falls() -> None:
    refunds = [refunded(1, "o-1", "50.00", refund_id="r-1"), refunded(2, "o-1", "30.00", refund_id="r-1")]
    assert Story(paid(0, order_id="o-1"), *refunds).totals == (Decimal("50.00"), 1)


@pytest.mark.parametrize(
    ("amounts", "left"), [(["80.00", "60.00"], "20.00"), ([None, "60.00"], "0.00"), (["60.00", None], "0.00")]
)
def test_of_two_cancellations_the_larger_counts(amounts: list[str | None], left: str) -> None:
    both = [cancelled(1, "o-1", amount=amount) for amount in amounts]
    assert Story(paid(0, order_id="o-1"), *both).totals == (Decimal(left), 0)


@pytest.mark.parametrize("first", ["cancellation", "refund"])
def test_a_cancellation_and_its_refund_subtract_once(first: str) -> None:
    both = [cancelled(1, "o-1", amount="100.00"), refunded(1, "o-1", "100.00", refund_id="r-1")]
    if first == "refund":
        both.reverse()
    assert Story(paid(0, order_id="o-1"), paid(0, "70.00"), *both).totals == (Decimal("70.00"), 1)


def test_a_cancellation_undoes_the_order_even_when_part_of_the_money_stays() -> None:
    story = Story(paid(0, "100.00", order_id="o-1"), cancelled(1, "o-1", amount="80.00"))
    assert story.totals == (Decimal("20.00"), 0)


def test_a_refund_may_come_before_its_order() -> None:
    story = Story(refunded(0, "o-1", "30.00"), paid(1, "100.00", order_id="o-1"))
    assert (story.state, story.totals) == (State.CUSTOMER, (Decimal("70.00"), 1))
    assert "ORDER_PAID" in story.events_triggered


def test_a_free_order_counts_until_it_is_cancelled() -> None:
    story = Story(paid(0, "0.00", order_id="o-1"))
    assert story.totals == (Decimal("0.00"), 1)
    story.tell(cancelled(1, "o-1"))
    assert story.totals == (Decimal("0.00"), 0)


def test_a_repeat_whose_orders_were_undone_becomes_a_vip_by_spend_alone() -> None:
    story = Story(paid(0, order_id="o-1"), paid(0, order_id="o-2"), cancelled(1, "o-1"), cancelled(1, "o-2"))
    story.tell(paid(2, "600.00"))
    assert story.path[-2:] == [State.REPEAT, State.VIP]
