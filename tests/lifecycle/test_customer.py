"""The customer as a value: the next deadline, what happened since a message was triggered, the bounded rings."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.campaigns import Exit
from lifecycle.customer import MOST_DECISIONS, MOST_PARKED, MOST_SEEN, Customer, Decision, Parked
from lifecycle.ledger_events import AnyEvent
from lifecycle.messages import PlannedMessage, Trigger
from lifecycle.policy import Policy
from lifecycle.retention_agent import RetentionAgent
from lifecycle.states import State
from tests.lifecycle.shop import DAY, HOUR, OPENING, at, cancelled, cart, checked, emptied, paid, refunded, visited
from tests.lifecycle.story import NEWCOMER, Story, story_of

POLICY = Policy()


def message(trigger: Trigger, key: str = "k-1", due: float | timedelta = 1) -> PlannedMessage:
    """A message that answers to a trigger."""
    return PlannedMessage(key, "news", at(due), trigger.event, trigger.occurrence, trigger.at)


def some(key: str, due: float | timedelta) -> PlannedMessage:
    """A message about nothing in particular."""
    return message(Trigger("CUSTOM:shipped", "e-1", OPENING), key, due)


class TestTheNextDeadline:
    @pytest.mark.parametrize("state", [State.VISITOR, State.CUSTOMER, State.REPEAT, State.REACTIVATED, State.CHURNED])
    def test_is_none_where_time_moves_nobody(self, state: State) -> None:
        assert story_of(state).customer.next_deadline(POLICY) is None

    @pytest.mark.parametrize(("state", "day"), [(State.VIP, 90), (State.AT_RISK, 180)])
    def test_is_that_of_the_time_rule(self, state: State, day: int) -> None:
        assert story_of(state).customer.next_deadline(POLICY) == at(day)

    def test_is_the_earliest_of_all(self) -> None:
        story = story_of(State.VIP)
        customer = story.customer.plan((some("b", 3), some("a", 2)))
        assert customer.next_deadline(POLICY) == at(2)
        story.tell(cart(1))
        assert story.customer.plan(customer.messages).next_deadline(POLICY) == at(DAY + HOUR)

    def test_leaves_messages_out_of_the_next_change(self) -> None:
        assert story_of(State.VIP).customer.plan((some("a", 2),)).next_change(POLICY) == at(90)
        assert NEWCOMER.plan((some("a", 2),)).next_change(POLICY) is None

    @pytest.mark.parametrize("state", [State.VIP, State.AT_RISK])
    def test_moves_with_an_order(self, state: State) -> None:
        story = story_of(state)
        story.tell(paid(80, "600.00"))
        assert story.customer.next_deadline(POLICY) == at(170)


span = st.sampled_from([timedelta(), timedelta(minutes=59), HOUR, DAY, 7 * DAY, 61 * DAY, 90 * DAY, 181 * DAY])
carts = st.sampled_from(["c-1", "c-2"])


happenings = st.tuples(
    span,
    span,
    st.one_of(
        st.tuples(st.sampled_from([cart, emptied]), carts),
        st.tuples(st.just(paid), st.sampled_from(["1.00", "600.00"]), st.sampled_from(["1", "2", "3"]), carts),
        st.tuples(st.just(paid), st.just("600.00"), st.sampled_from(["4", "5"])),
        st.tuples(st.just(refunded), st.sampled_from(["1", "4"]), st.just("600.00")),
        st.tuples(st.sampled_from([checked, visited])),
    ),
)
"""How long nothing happens, how late the next event arrives, and what it is."""

policies = st.builds(
    Policy,
    at_risk_after=st.sampled_from([timedelta(), timedelta(days=1), timedelta(days=90)]),
    check_after=st.sampled_from([timedelta(), timedelta(days=60)]),
    checked_states=st.sampled_from([Policy().checked_states, frozenset(State) & {State.VIP}]),
    cart_timeout=st.sampled_from([timedelta(), HOUR]),
    nudge_pause=st.sampled_from([timedelta(), 7 * DAY]),
)


@given(policies, st.lists(happenings, min_size=1, max_size=12))
def test_a_deadline_is_never_stuck(policy: Policy, life: list[tuple[timedelta, timedelta, Any]]) -> None:
    agent, customer, now = RetentionAgent(policy), NEWCOMER, OPENING
    for wait, late, (happens, *details) in life:
        now += wait
        customer = agent.check_state_transitions(customer, now, happens(now - late, *details)).customer
        customer = agent.check_state_transitions(customer, now).customer
        due = customer.next_deadline(policy)
        assert due is None or due > now
    while (due := customer.next_deadline(policy)) is not None:
        customer = agent.check_state_transitions(customer, due).customer
        later = customer.next_deadline(policy)
        assert later is None or later > due


class TestMessages:
    def test_are_due_from_their_time_on(self) -> None:
        customer = NEWCOMER.plan((some("a", 1), some("b", 2)))
        assert [found.key for found in customer.deliverable(at(1), frozenset())] == ["a"]
        assert customer.deliverable(at(1) - timedelta(microseconds=1), frozenset()) == ()

    def test_are_dropped_by_their_keys(self) -> None:
        customer = NEWCOMER.plan((some("a", 1), some("b", 2), some("c", 3)))
        assert [found.key for found in customer.without(frozenset({"a", "c"})).messages] == ["b"]

    def test_that_were_dealt_with_are_gone(self) -> None:
        first, second = some("a", 1), some("b", 2)
        assert NEWCOMER.plan((first, second)).settle(first, None).messages == (second,)

    def test_that_have_to_wait_come_again_and_remember_the_attempt(self) -> None:
        customer = NEWCOMER.plan((some("a", 1),))
        for day in (2, 3):
            customer = customer.settle(customer.messages[0], at(day))
        assert [(found.due_at, found.attempts) for found in customer.messages] == [(at(3), 2)]


def offer(key: str, priority: int = 100, *, marketing: bool = True, due: float = 1) -> PlannedMessage:
    """A message with a weight."""
    return replace(some(key, due), marketing=marketing, priority=priority)


class TestOfSeveralMessages:
    def sent(self, *messages: PlannedMessage, under_way: str = "", day: float = 1) -> list[str]:
        """The keys of those that go out now, while those of single letters are under way."""
        found = NEWCOMER.plan(messages).deliverable(at(day), frozenset(under_way))
        return [message.key for message in found]

    def test_the_most_important_goes_first(self) -> None:
        messages = [offer("a", 30, marketing=False), offer("b", 10, marketing=False), offer("c", 20, marketing=False)]
        assert self.sent(*messages) == ["b", "c", "a"]

    def test_of_equals_the_one_that_has_waited_longest(self) -> None:
        messages = [offer("a", marketing=False), offer("b", marketing=False, due=0.5), offer("c", marketing=False)]
        assert self.sent(*messages) == ["b", "a", "c"]

    def test_of_marketing_only_the_most_important(self) -> None:
        assert self.sent(offer("a", 30), offer("b", 10), offer("c", 20)) == ["b"]

    def test_marketing_waits_for_marketing_that_is_under_way_and_the_rest_does_not(self) -> None:
        messages = [offer("a", 30), offer("b", 10), offer("c", 99, marketing=False)]
        assert self.sent(*messages, under_way="a") == ["c"]
        assert self.sent(*messages, under_way="c") == ["b"]

    def test_what_is_not_due_waits_however_important_it_is(self) -> None:
        assert self.sent(offer("a", 1, due=2), offer("b", 99)) == ["b"]
        assert self.sent(offer("a", 1, due=2), offer("b", 99), day=2) == ["a"]

    @given(
        st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.integers(0, 3)), max_size=8, unique=True),
        st.integers(0, 3),
    )
    def test_never_two_of_marketing_and_never_one_that_is_outweighed(
        self, weights: list[tuple[int, bool, int]], day: int
    ) -> None:
        messages = [
            offer(f"{place}", priority, marketing=marketing, due=due)
            for place, (priority, marketing, due) in enumerate(weights)
        ]
        due = [message for message in messages if message.due_at <= at(day)]
        going = NEWCOMER.plan(tuple(messages)).deliverable(at(day), frozenset())
        advertising = [message for message in going if message.marketing]
        rivals = [message for message in due if message.marketing]
        assert len(advertising) == min(1, len(rivals))
        assert all(one.priority <= other.priority for one in advertising for other in rivals)
        assert {m.key for m in going if not m.marketing} == {m.key for m in due if not m.marketing}


class TestWhatHappenedSince:
    def test_an_order_was_paid_nothing(self) -> None:
        story = Story(paid(0))
        assert [story.customer.happened_since(message(trigger)) for trigger in story.triggers] == [frozenset()] * 2

    def test_an_order_was_paid_another_one(self) -> None:
        story = Story(paid(0))
        order, _ = story.triggers
        story.tell(paid(1))
        assert story.customer.happened_since(message(order)) == {Exit.PURCHASE}

    def test_an_order_was_paid_it_was_undone(self) -> None:
        story = Story(paid(0, "10.00", order_id="o-1"))
        order, _ = story.triggers
        story.tell(refunded(1, "o-1", "9.99"))
        assert story.customer.happened_since(message(order)) == frozenset()
        story.tell(cancelled(2, "o-1"))
        assert story.customer.happened_since(message(order)) == {Exit.REFUND}

    def test_a_cart_was_abandoned_it_was_touched_again(self) -> None:
        story = Story(cart(0)).wait_until(HOUR)
        story.tell(cart(2 * HOUR))
        assert story.customer.happened_since(message(story.triggers[-1])) == frozenset()

    @pytest.mark.parametrize(
        ("then", "happened"),
        [
            (emptied(2 * HOUR), {Exit.CART_CLOSED}),
            (paid(2 * HOUR), {Exit.CART_CLOSED, Exit.PURCHASE}),
            (paid(2 * HOUR, cart_id="c-1"), {Exit.CART_CLOSED, Exit.PURCHASE}),
            (paid(HOUR / 2), {Exit.CART_CLOSED}),
        ],
    )
    def test_a_cart_was_abandoned_it_was_closed(self, then: AnyEvent, happened: set[Exit]) -> None:
        story = Story(cart(0)).wait_until(HOUR)
        nudge = message(story.triggers[-1])
        story.tell(then, arrives=3 * HOUR)
        assert story.customer.happened_since(nudge) == happened

    def test_a_lost_customer_came_back(self) -> None:
        story = story_of(State.AT_RISK)
        win_back = message(story.triggers[-1])
        assert story.customer.happened_since(win_back) == frozenset()
        story.tell(paid(70))
        assert story.customer.happened_since(win_back) == {Exit.PURCHASE, Exit.LEFT_STATE}

    def test_a_customer_was_not_lost_after_all(self) -> None:
        story = story_of(State.VIP).wait_until(91)
        win_back = message(story.triggers[-1])
        story.tell(paid(85), arrives=92)
        assert story.customer.happened_since(win_back) == {Exit.PURCHASE, Exit.LEFT_STATE}

    def test_a_state_was_left_without_a_purchase(self) -> None:
        story = story_of(State.VIP)
        welcome = message(story.triggers[-1])
        assert story.wait_until(90).customer.happened_since(welcome) == {Exit.LEFT_STATE}

    def test_a_lead_bought(self) -> None:
        story = Story(cart(0))
        reminder = message(story.triggers[-1])
        assert story.customer.happened_since(reminder) == frozenset()
        story.tell(paid(1))
        assert story.customer.happened_since(reminder) == {Exit.PURCHASE, Exit.LEFT_STATE}


class TestRings:
    def test_of_events_seen(self) -> None:
        customer = NEWCOMER
        for number in range(MOST_SEEN + 1):
            customer = customer.see(f"e-{number}")
        assert len(customer.seen) == MOST_SEEN
        assert [customer.has_seen(f"e-{number}") for number in (0, 1, MOST_SEEN)] == [False, True, True]

    def test_of_decisions(self) -> None:
        customer = NEWCOMER
        for number in range(MOST_DECISIONS + 1):
            customer = customer.note(OPENING, f"{number}")
        assert customer.decisions == tuple(Decision(OPENING, f"{n}") for n in range(1, MOST_DECISIONS + 1))

    def test_of_parked_signals(self) -> None:
        customer = NEWCOMER
        for number in range(MOST_PARKED + 1):
            customer = customer.park(f"e-{number}", "why")
        assert customer.parked == tuple(Parked(f"e-{n}", "why") for n in range(1, MOST_PARKED + 1))


class TestGoingOnFromTheLedger:
    LEDGER = Customer("C", "c@example.com", epoch=2, revision=7, seen=("ledger",), messages=(some("a", 1),))

    def test_keeps_what_only_the_workflow_knew(self) -> None:
        known = replace(Story(cart(0)).customer, epoch=1, seen=("mine", "ledger")).park("bad", "why")
        opened = known.reopened(self.LEDGER)
        assert opened == replace(
            self.LEDGER,
            carts=known.carts,
            seen=("ledger", "mine"),
            decisions=known.decisions,
            parked=known.parked,
        )

    def test_counts_what_was_sent_once_whoever_remembers_it(self) -> None:
        known = replace(NEWCOMER, sent=(at(1), at(3)))
        ledger = replace(self.LEDGER, sent=(at(1), at(2)))
        assert known.reopened(ledger).sent == (at(1), at(2), at(3))

    def test_takes_the_carts_of_the_ledger_where_the_workflow_begins_from_blank(self) -> None:
        ledger = replace(self.LEDGER, carts=Story(cart(0)).customer.carts)
        assert NEWCOMER.reopened(ledger).carts == ledger.carts
