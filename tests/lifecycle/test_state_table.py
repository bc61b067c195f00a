"""The brief's table, and how it is read where it leaves room: one test per sentence."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lifecycle.policy import Policy
from lifecycle.retention_agent import RetentionAgent
from lifecycle.standing import Transition
from lifecycle.states import State
from tests.lifecycle.shop import DAY, at, cancelled, cart, checked, event, paid, visited
from tests.lifecycle.story import Story, story_of

INSTANT = timedelta(microseconds=1)
ALL_ELSE = [State.VISITOR, State.LEAD, State.AT_RISK, State.CHURNED]


@pytest.mark.parametrize("state", list(State))
def test_the_stories_that_other_tests_begin_with_end_where_they_say(state: State) -> None:
    assert story_of(state).state is state


class TestTheTable:
    @pytest.mark.parametrize("type_", ["ADD_TO_CART", "CART_UPDATED"])
    def test_a_visitor_with_a_filled_cart_is_a_lead(self, type_: str) -> None:
        assert Story(visited(0), cart(1, type_=type_)).path == [State.VISITOR, State.LEAD]

    def test_an_empty_cart_makes_no_lead(self) -> None:
        assert Story(visited(0), event("CART_UPDATED", 1, cart={"cart_id": "c-1", "items": []})).state is State.VISITOR

    def test_a_lead_who_pays_is_a_customer(self) -> None:
        assert Story(cart(0), paid(1)).path == [State.VISITOR, State.LEAD, State.CUSTOMER]

    def test_a_customer_who_pays_again_is_a_repeat(self) -> None:
        assert Story(cart(0), paid(1), paid(2)).path[-2:] == [State.CUSTOMER, State.REPEAT]

    def test_a_repeat_above_500_is_a_vip(self) -> None:
        story = Story(paid(0, "200.00"), paid(1, "200.00"))
        assert story.state is State.REPEAT
        story.tell(paid(2, "100.01"))
        assert story.path[-2:] == [State.REPEAT, State.VIP]

    def test_a_vip_without_a_purchase_in_90_days_is_at_risk(self) -> None:
        story = story_of(State.VIP)
        assert story.wait_until(90 * DAY - INSTANT).state is State.VIP
        assert story.wait_until(90).state is State.AT_RISK
        assert story.transitions[-1].at == story.now

    def test_one_at_risk_without_a_purchase_in_180_days_is_lost(self) -> None:
        story = story_of(State.AT_RISK)
        assert story.wait_until(180 * DAY - INSTANT).state is State.AT_RISK
        assert story.wait_until(180).state is State.CHURNED

    def test_a_lost_customer_who_pays_is_reactivated(self) -> None:
        story = story_of(State.CHURNED)
        story.tell(paid(400, "9999.00"))
        assert story.path[-2:] == [State.CHURNED, State.REACTIVATED]

    @pytest.mark.parametrize("state", list(State))
    def test_other_events_move_nobody(self, state: State) -> None:
        story = story_of(state)
        day = story.now + INSTANT
        for other in (
            visited(day),
            event("CUSTOM", day, name="shipped"),
            event("PROFILE_UPDATED", day, name="Ada"),
            event("CONSENT_CHANGED", day, channel="email", granted=True),
        ):
            assert story.tell(other).transitions == ()
        assert story.state is state

    @pytest.mark.parametrize("state", [state for state in State if state is not State.VISITOR])
    def test_a_cart_moves_nobody_but_a_visitor(self, state: State) -> None:
        story = story_of(state)
        assert story.tell(cart(story.now + INSTANT, "c-9")).transitions == ()


class TestSixtyDaysAgainstNinety:
    @pytest.mark.parametrize("state", [State.CUSTOMER, State.REPEAT, State.REACTIVATED])
    def test_the_check_moves_those_whom_the_table_never_lets_fade(self, state: State) -> None:
        story = story_of(state)
        story.tell(checked(60 * DAY + INSTANT))
        assert story.path[-2:] == [state, State.AT_RISK]

    @pytest.mark.parametrize("state", [State.CUSTOMER, State.REPEAT, State.REACTIVATED])
    def test_sixty_days_is_not_more_than_sixty_days(self, state: State) -> None:
        story = story_of(state)
        story.tell(checked(60))
        assert story.state is state

    @pytest.mark.parametrize("state", [State.CUSTOMER, State.REPEAT, State.REACTIVATED])
    def test_without_a_check_they_never_fade(self, state: State) -> None:
        assert story_of(state).wait_until(4000).state is state

    def test_the_check_leaves_a_vip_to_the_timer(self) -> None:
        story = story_of(State.VIP)
        story.tell(checked(89))
        assert story.state is State.VIP

    @pytest.mark.parametrize("state", ALL_ELSE)
    def test_the_check_touches_nobody_else(self, state: State) -> None:
        story = story_of(state)
        assert story.tell(checked(story.now + INSTANT)).transitions == ()

    def test_all_figures_and_the_states_checked_are_settings(self) -> None:
        policy = Policy(
            vip_threshold=Decimal("10.00"),
            check_after=timedelta(days=3),
            at_risk_after=timedelta(days=4),
            churned_after=timedelta(days=5),
            checked_states=frozenset({State.VIP}),
        )
        spared = Story(paid(0), checked(4), policy=policy)
        assert spared.state is State.CUSTOMER
        checked_vip = Story(paid(0), paid(0), checked(3 * DAY + INSTANT), policy=policy)
        assert checked_vip.path[-2:] == [State.VIP, State.AT_RISK]
        assert checked_vip.wait_until(5).state is State.CHURNED
        timed = Story(paid(0), paid(0), policy=policy)
        assert [timed.wait_until(4).state, timed.wait_until(5).state] == [State.AT_RISK, State.CHURNED]

    @pytest.mark.parametrize("short", ["at_risk_after", "check_after"])
    def test_a_policy_that_loses_customers_before_they_are_at_risk_is_refused(self, short: str) -> None:
        with pytest.raises(ValueError, match="raise churned_after"):
            Policy(**{"churned_after": timedelta(days=60), short: timedelta(days=60)})  # type: ignore[arg-type]

    def test_a_policy_that_checks_lost_customers_is_refused(self) -> None:
        with pytest.raises(ValueError, match="active customers only"):
            Policy(checked_states=frozenset({State.CHURNED}))


class TestDaysCountFromTheLastOrder:
    def test_not_from_entering_at_risk(self) -> None:
        story = Story(paid(0), checked(100))
        assert story.wait_until(180).path[-2:] == [State.AT_RISK, State.CHURNED]

    def test_a_check_that_comes_after_180_days_loses_the_customer_at_once(self) -> None:
        story = Story(paid(0), checked(200))
        assert story.path[-2:] == [State.AT_RISK, State.CHURNED]
        assert {step.at for step in story.transitions[-2:]} == {story.now}

    def test_not_from_the_arrival_of_an_order(self) -> None:
        story = story_of(State.VIP)
        story.tell(paid(5), arrives=20)
        assert story.wait_until(95 * DAY - INSTANT).state is State.VIP
        assert story.wait_until(95).state is State.AT_RISK

    def test_every_order_begins_the_count_anew(self) -> None:
        story = story_of(State.VIP)
        story.tell(paid(89))
        assert story.wait_until(178).state is State.VIP
        assert story.wait_until(179).state is State.AT_RISK
        assert story.wait_until(269).state is State.CHURNED


class TestWhatTheTableLeavesOut:
    def test_a_guest_who_pays_is_a_customer(self) -> None:
        assert Story(paid(0)).path == [State.VISITOR, State.CUSTOMER]

    def test_one_large_first_order_makes_a_customer_only(self) -> None:
        assert Story(paid(0, "9999.00")).state is State.CUSTOMER

    def test_exactly_500_is_not_above_500(self) -> None:
        assert Story(paid(0, "250.00"), paid(1, "250.00")).state is State.REPEAT
        assert Story(paid(0, "250.00"), paid(1, "250.01")).state is State.VIP

    @pytest.mark.parametrize(
        ("before", "then", "earned"),
        [([], "1.00", State.REPEAT), ([], "900.00", State.VIP), (["1.00"], "1.00", State.REPEAT)],
    )
    def test_one_at_risk_who_pays_returns_to_the_rank_they_earned(
        self, before: list[str], then: str, earned: State
    ) -> None:
        story = Story(paid(0), *(paid(0, total) for total in before), checked(70), paid(75, then))
        assert story.path[-2:] == [State.AT_RISK, earned]

    def test_one_at_risk_whose_only_order_was_undone_returns_as_a_customer(self) -> None:
        story = Story(paid(0, order_id="o-1"), checked(70), cancelled(71, "o-1"), paid(75))
        assert story.path[-2:] == [State.AT_RISK, State.CUSTOMER]

    @pytest.mark.parametrize(("then", "earned"), [("1.00", State.REPEAT), ("900.00", State.VIP)])
    def test_one_reactivated_who_pays_again_returns_likewise(self, then: str, earned: State) -> None:
        story = story_of(State.REACTIVATED)
        story.tell(paid(1, then))
        assert story.path[-2:] == [State.REACTIVATED, earned]

    def test_one_reactivated_whose_orders_were_undone_returns_as_a_customer(self) -> None:
        story = Story(paid(0, order_id="o-1"), checked(200), paid(201, order_id="o-2"))
        assert story.state is State.REACTIVATED
        for other in (cancelled(202, "o-1"), cancelled(202, "o-2"), paid(203)):
            story.tell(other)
        assert story.path[-2:] == [State.REACTIVATED, State.CUSTOMER]

    def test_an_order_may_cause_a_chain_and_each_step_is_recorded(self) -> None:
        story = story_of(State.CUSTOMER)
        order = paid(1, "450.00")
        assert story.tell(order).transitions == (
            Transition(State.CUSTOMER, State.REPEAT, order.occurred_at, order.event_id),
            Transition(State.REPEAT, State.VIP, order.occurred_at, order.event_id),
        )

    def test_only_the_state_of_rest_triggers(self) -> None:
        story = story_of(State.CUSTOMER)
        triggers = story.tell(paid(1, "450.00", order_id="o-9")).triggers
        assert [(found.event, found.occurrence) for found in triggers] == [
            ("ORDER_PAID", "o-9"),
            ("ENTERED_STATE_VIP", "VIP:2026-01-02T12:00:00+00:00"),
        ]
        assert triggers[1].context["order"]["order_id"] == "o-9"

    def test_an_order_that_moves_nobody_triggers_only_itself(self) -> None:
        story = story_of(State.VIP)
        assert [found.event for found in story.tell(paid(1)).triggers] == ["ORDER_PAID"]

    def test_a_time_rule_triggers_at_its_own_time(self) -> None:
        story = story_of(State.VIP).wait_until(90)
        assert (story.triggers[-1].event, story.triggers[-1].at) == ("ENTERED_STATE_AT_RISK", story.now)

    def test_a_time_rule_noticed_late_triggers_at_its_own_time_too(self) -> None:
        customer = story_of(State.VIP).customer
        change = RetentionAgent(Policy()).check_state_transitions(customer, at(200))
        assert [step.to_state for step in change.transitions] == [State.AT_RISK, State.CHURNED]
        assert [(found.event, found.at) for found in change.triggers] == [("ENTERED_STATE_CHURNED", at(180))]

    def test_a_visitor_comes_to_exist_by_a_visit(self) -> None:
        story = Story(visited(0))
        assert (story.state, story.events_triggered) == (State.VISITOR, [])
