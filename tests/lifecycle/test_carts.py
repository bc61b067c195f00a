"""Carts: one countdown each, ended by the order or by being emptied, abandoned at most once."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.carts import MOST_CLOSED, MOST_OPEN
from lifecycle.retention_agent import RetentionAgent
from tests.lifecycle.shop import DAY, HOUR, at, cart, emptied, paid, refunded
from tests.lifecycle.story import Story

MINUTE = timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)


def abandonments(story: Story) -> list[str]:
    """The carts that began a series of nudges, in order."""
    return [trigger.occurrence for trigger in story.triggers if trigger.event == "CART_ABANDONED"]


class TestTheCountdown:
    def test_runs_out_an_hour_after_the_last_change(self) -> None:
        story = Story(cart(0), cart(40 * MINUTE))
        assert abandonments(story.wait_until(100 * MINUTE - INSTANT)) == []
        assert abandonments(story.wait_until(100 * MINUTE)) == ["c-1"]
        assert story.triggers[-1].at == at(100 * MINUTE)

    @pytest.mark.parametrize("type_", ["ADD_TO_CART", "CART_UPDATED"])
    def test_is_started_again_by_either_event(self, type_: str) -> None:
        story = Story(cart(0), cart(59 * MINUTE, type_=type_))
        assert abandonments(story.wait_until(HOUR + 58 * MINUTE)) == []
        assert abandonments(story.wait_until(HOUR + 59 * MINUTE)) == ["c-1"]

    def test_is_not_started_again_by_an_older_word_that_comes_late(self) -> None:
        story = Story(cart(30 * MINUTE, "c-1", "POT"))
        story.tell(cart(0, "c-1", "LID"), arrives=45 * MINUTE)
        assert abandonments(story.wait_until(90 * MINUTE)) == ["c-1"]
        assert [line["sku"] for line in story.triggers[-1].context["cart"]["items"]] == ["POT"]

    def test_of_a_cart_told_after_its_hour_runs_out_at_once(self) -> None:
        story = Story()
        story.tell(cart(0), arrives=5 * HOUR)
        assert story.customer.next_deadline(story.policy) == at(HOUR)
        assert abandonments(story.wait_until(5 * HOUR)) == ["c-1"]

    def test_fires_with_the_whole_cart_as_it_was_last(self) -> None:
        story = Story(cart(0, "c-1", "POT"), cart(MINUTE, "c-1", "POT", "LID")).wait_until(2 * HOUR)
        last = story.triggers[-1].context["cart"]
        assert ([line["sku"] for line in last["items"]], last["value"]) == (["POT", "LID"], "99.80")

    def test_fires_once_per_cart(self) -> None:
        story = Story(cart(0)).wait_until(HOUR)
        for day in (8, 16):
            story.tell(cart(day))
            story.wait_until(day * DAY + 2 * HOUR)
        assert abandonments(story) == ["c-1"]

    def test_runs_for_each_cart_by_itself(self) -> None:
        story = Story(cart(0, "c-1"), cart(8, "c-2"), cart(16, "c-3")).wait_until(17)
        assert abandonments(story) == ["c-1", "c-2", "c-3"]


class TestWhatEndsACart:
    def test_the_order_that_names_it(self) -> None:
        story = Story(cart(0, "c-1"), cart(0, "c-2"), paid(MINUTE, cart_id="c-1"))
        assert abandonments(story.wait_until(1)) == ["c-2"]

    def test_the_order_that_names_it_though_the_cart_was_touched_after(self) -> None:
        story = Story(cart(10 * MINUTE))
        story.tell(paid(5 * MINUTE, cart_id="c-1"), arrives=11 * MINUTE)
        assert abandonments(story.wait_until(1)) == []

    def test_not_the_order_that_names_another_though_that_was_closed(self) -> None:
        story = Story(cart(0, "c-1"), emptied(MINUTE, "c-2"), paid(2 * MINUTE, cart_id="c-2"))
        assert abandonments(story.wait_until(1)) == ["c-1"]

    def test_an_order_that_names_none_ends_all_that_were_changed_before(self) -> None:
        story = Story(cart(0, "c-1"), cart(MINUTE, "c-2"), cart(3 * MINUTE, "c-3"))
        story.tell(paid(2 * MINUTE), arrives=4 * MINUTE)
        assert abandonments(story.wait_until(1)) == ["c-3"]

    def test_an_order_that_names_an_unknown_one_does_the_same(self) -> None:
        story = Story(cart(0, "c-1"), paid(MINUTE, cart_id="c-77"))
        assert abandonments(story.wait_until(1)) == []

    def test_being_emptied(self) -> None:
        assert abandonments(Story(cart(0), emptied(MINUTE)).wait_until(1)) == []

    def test_being_emptied_though_that_was_told_late(self) -> None:
        story = Story(cart(0), cart(2 * MINUTE))
        story.tell(emptied(MINUTE), arrives=3 * MINUTE)
        assert abandonments(story.wait_until(1)) == []

    def test_a_refund_ends_none(self) -> None:
        story = Story(paid(-1, order_id="o-1"), cart(0), refunded(MINUTE, "o-1", "1.00"))
        assert abandonments(story.wait_until(1)) == ["c-1"]

    def test_too_many_others_end_the_one_left_alone_the_longest(self) -> None:
        story = Story(*(cart(number * MINUTE, f"c-{number}") for number in range(MOST_OPEN + 1)))
        assert "c-0" not in story.customer.carts.open
        assert len(story.customer.carts.open) == MOST_OPEN


class TestAClosedCart:
    @pytest.mark.parametrize("end", [paid(MINUTE, cart_id="c-1"), paid(MINUTE), emptied(MINUTE)])
    @pytest.mark.parametrize("then", [0.5 * MINUTE, 2 * MINUTE, 3 * DAY])
    def test_never_opens_again(self, end: object, then: timedelta) -> None:
        story = Story(cart(0), end)  # type: ignore[arg-type]
        story.tell(cart(then), arrives=4)
        assert abandonments(story.wait_until(9)) == []

    def test_never_opens_again_when_the_order_came_before_any_word_of_it(self) -> None:
        story = Story(paid(MINUTE, cart_id="c-1"))
        story.tell(cart(0), arrives=2 * MINUTE)
        story.tell(cart(3 * MINUTE))
        assert abandonments(story.wait_until(9)) == []

    def test_changed_before_an_order_that_named_none_never_opens_by_a_late_word(self) -> None:
        story = Story(paid(MINUTE))
        story.tell(cart(0), arrives=2 * MINUTE)
        assert abandonments(story.wait_until(9)) == []

    def test_never_opens_again_when_it_was_emptied_before_an_order_that_was_told_first(self) -> None:
        story = Story(paid(2 * MINUTE))
        story.tell(emptied(MINUTE), arrives=3 * MINUTE)
        story.tell(cart(4 * MINUTE))
        assert abandonments(story.wait_until(9)) == []

    def test_is_remembered_for_as_many_as_there_is_room(self) -> None:
        ends = [emptied(number * MINUTE, f"c-{number}") for number in range(MOST_CLOSED + 5)]
        story = Story(*ends)
        assert story.customer.carts.closed == tuple(f"c-{number}" for number in range(5, MOST_CLOSED + 5))


class TestOneSeriesInSevenDays:
    def test_a_second_cart_within_seven_days_is_passed_over_for_good(self) -> None:
        story = Story(cart(0, "c-1"), cart(7 * DAY - INSTANT, "c-2")).wait_until(30)
        assert abandonments(story) == ["c-1"]

    def test_a_cart_seven_days_later_begins_another(self) -> None:
        assert abandonments(Story(cart(0, "c-1"), cart(7, "c-2")).wait_until(30)) == ["c-1", "c-2"]

    def test_one_passed_over_does_not_put_the_next_series_off(self) -> None:
        story = Story(cart(0, "c-1"), cart(4, "c-2"), cart(8, "c-3")).wait_until(30)
        assert abandonments(story) == ["c-1", "c-3"]

    def test_a_bought_cart_does_not_put_the_next_series_off(self) -> None:
        story = Story(cart(0, "c-1"), paid(MINUTE, cart_id="c-1"), cart(1, "c-2")).wait_until(2)
        assert abandonments(story) == ["c-2"]

    def test_of_several_that_ran_out_during_an_outage_the_latest_begins_the_series(self) -> None:
        story = Story()
        for number, minutes in enumerate([0, 10, 5]):
            story.tell(cart(minutes * MINUTE, f"c-{number}"), arrives=30 * MINUTE)
        change = RetentionAgent(story.policy).check_state_transitions(story.customer, at(1))
        assert [trigger.occurrence for trigger in change.triggers] == ["c-1"]

    def test_an_outage_does_not_put_the_next_series_off(self) -> None:
        story = Story(cart(0, "c-1"))
        agent = RetentionAgent(story.policy)
        story.customer = agent.check_state_transitions(story.customer, at(3)).customer
        story.tell(cart(7, "c-2"), arrives=7)
        assert abandonments(story.wait_until(8)) == ["c-2"]

    def test_a_late_cart_from_before_a_series_begins_none(self) -> None:
        story = Story(cart(10, "c-1")).wait_until(11)
        story.tell(cart(0, "c-2"), arrives=20)
        assert abandonments(story.wait_until(30)) == ["c-1"]


@given(st.permutations(range(5)), st.sampled_from([None, 0, 2, 4]))
def test_the_words_about_one_cart_may_come_in_any_order(order: list[int], end: int | None) -> None:
    words = [
        emptied(minute * MINUTE) if minute == end else cart(minute * MINUTE, "c-1", f"SKU-{minute}")
        for minute in range(5)
    ]
    story = Story()
    for number in order:
        story.tell(words[number], arrives=5 * MINUTE)
    left = {key: [line.sku for line in found.cart.items] for key, found in story.customer.carts.open.items()}
    assert left == ({"c-1": ["SKU-4"]} if end is None else {})
