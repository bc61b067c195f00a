"""A customer who hears facts one by one, with a ledger to fall back on, as the workflow does it."""

from datetime import datetime
from decimal import Decimal

from lifecycle.facts import Fact
from lifecycle.history import History, add_fact, advance_history, of_facts
from lifecycle.policy import Policy
from lifecycle.standing import OrderRecord, Standing, Transition
from lifecycle.states import State

Profile = tuple[State, Decimal, int, datetime | None, dict[str, OrderRecord]]


def profile(standing: Standing) -> Profile:
    """What must not depend on the order in which facts arrived."""
    return (
        standing.state,
        standing.total_spend,
        standing.order_count,
        standing.last_order_date,
        standing.orders,
    )


class Listener:
    """One who hears facts as they come, and goes back to the ledger for one that is out of reach."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.history = History()
        self.ledger: list[Fact] = []
        self.transitions: list[Transition] = []
        self.reloads = 0

    def hear(self, fact: Fact, now: datetime) -> None:
        """Take in one fact."""
        if self.history.wants(fact):
            if not self.history.reaches(fact):
                self.reloads += 1
                self.history = of_facts(self.ledger, now, self.policy, open_since=fact.at)
            learned = add_fact(self.history, fact, now, self.policy)
            self.history = learned.history
            self.transitions += learned.transitions
        self.ledger.append(fact)

    def wait_until(self, now: datetime) -> None:
        """Let the time rules work."""
        learned = advance_history(self.history, now, self.policy)
        self.history = learned.history
        self.transitions += learned.transitions
