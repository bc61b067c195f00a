"""Whatever comes in whatever order: a cart that was bought or emptied is never called abandoned."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lifecycle.policy import Policy
from lifecycle.retention_agent import RetentionAgent
from tests.lifecycle.shop import OPENING, cart, emptied, paid
from tests.lifecycle.story import NEWCOMER

cart_ids = st.sampled_from(["c-1", "c-2", "c-3"])
minutes = st.integers(0, 180).map(lambda number: timedelta(minutes=number))
waits = st.sampled_from([timedelta(minutes=20), timedelta(hours=1), timedelta(days=3), timedelta(days=7)])


class Carts(RuleBasedStateMachine):
    """A customer fills carts and buys; each event may arrive up to three hours late."""

    def __init__(self) -> None:
        super().__init__()
        self.policy = Policy()
        self.agent = RetentionAgent(self.policy)
        self.customer = NEWCOMER
        self.now: datetime = OPENING
        self.ended: set[str] = set()
        self.abandoned: list[str] = []
        self.series: list[datetime] = []
        self.all_bought_until = datetime.min.replace(tzinfo=OPENING.tzinfo)
        self.last_words: dict[str, datetime] = {}

    @rule(cart_id=cart_ids, late=minutes)
    def fill(self, cart_id: str, late: timedelta) -> None:
        """Something lies in a cart."""
        word = cart(self.now - late, cart_id)
        self.last_words[cart_id] = max(word.occurred_at, self.last_words.get(cart_id, word.occurred_at))
        self.customer = self.agent.check_state_transitions(self.customer, self.now, word).customer

    @rule(cart_id=cart_ids, late=minutes)
    def empty(self, cart_id: str, late: timedelta) -> None:
        """A cart is emptied."""
        self.ended.add(cart_id)
        word = emptied(self.now - late, cart_id)
        self.customer = self.agent.check_state_transitions(self.customer, self.now, word).customer

    @rule(cart_id=cart_ids, late=minutes)
    def buy_one(self, cart_id: str, late: timedelta) -> None:
        """An order names a cart, known or not."""
        self.ended.add(cart_id)
        order = paid(self.now - late, "1.00", cart_id=cart_id)
        self.customer = self.agent.check_state_transitions(self.customer, self.now, order).customer

    @rule(late=minutes)
    def buy_all(self, late: timedelta) -> None:
        """An order names no cart."""
        self.all_bought_until = max(self.all_bought_until, self.now - late)
        order = paid(self.now - late, "1.00")
        self.customer = self.agent.check_state_transitions(self.customer, self.now, order).customer

    @rule(span=waits)
    def wait(self, span: timedelta) -> None:
        """Time passes; the countdowns that ran out are looked at together, as after an outage."""
        self.now += span
        change = self.agent.check_state_transitions(self.customer, self.now)
        self.customer = change.customer
        found = [trigger for trigger in change.triggers if trigger.event == "CART_ABANDONED"]
        assert len(found) <= 1
        for trigger in found:
            assert trigger.occurrence not in self.ended
            assert trigger.occurrence not in self.abandoned
            assert trigger.at == self.last_words[trigger.occurrence] + self.policy.cart_timeout <= self.now
            assert self.last_words[trigger.occurrence] > self.all_bought_until
            assert not self.series or trigger.at - self.series[-1] >= self.policy.nudge_pause
            self.abandoned.append(trigger.occurrence)
            self.series.append(trigger.at)

    @invariant()
    def nothing_ended_is_open(self) -> None:
        """What ended stays ended."""
        assert not self.ended & set(self.customer.carts.open)


TestCarts = Carts.TestCase
TestCarts.settings = settings(max_examples=150, stateful_step_count=25)
