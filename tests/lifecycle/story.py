"""One customer's life, told event by event through `RetentionAgent`, the way the workflow tells it."""

from datetime import datetime, timedelta
from decimal import Decimal

from lifecycle.customer import Customer
from lifecycle.ledger_events import AnyEvent
from lifecycle.messages import Trigger
from lifecycle.policy import Policy
from lifecycle.retention_agent import CustomerChange, RetentionAgent
from lifecycle.standing import BEGINNING, Transition
from lifecycle.states import State
from tests.lifecycle.shop import EMAIL, at, cart, checked, paid

NEWCOMER = Customer("AAAABBBBCCCCDDDDEEEEFFFFGG", EMAIL)


class Story:
    """What happened so far: the customer, every step and every trigger."""

    def __init__(self, *events: AnyEvent, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.customer = NEWCOMER
        self.now = BEGINNING
        self.transitions: list[Transition] = []
        self.triggers: list[Trigger] = []
        for event in events:
            self.tell(event)

    def tell(self, event: AnyEvent, *, arrives: float | timedelta | datetime | None = None) -> CustomerChange:
        """An event arrives: when it happened, or later. What was due before it comes first, as its timer would."""
        self.wait_until(max(self.now, event.occurred_at if arrives is None else at(arrives)))
        return self._take(RetentionAgent(self.policy).check_state_transitions(self.customer, self.now, event))

    def wait_until(self, time: float | timedelta | datetime) -> "Story":
        """Nothing happens but what is due."""
        while (due := self.customer.next_change(self.policy)) is not None and due < at(time):
            self.now = max(self.now, due)
            self._take(RetentionAgent(self.policy).check_state_transitions(self.customer, self.now))
            assert due != self.customer.next_change(self.policy), "time stands still"
        self.now = at(time)
        self._take(RetentionAgent(self.policy).check_state_transitions(self.customer, self.now))
        return self

    @property
    def state(self) -> State:
        """The state of the customer."""
        return self.customer.standing.state

    @property
    def totals(self) -> tuple[Decimal, int]:
        """Spend and count of orders."""
        return self.customer.standing.total_spend, self.customer.standing.order_count

    @property
    def path(self) -> list[State]:
        """Every state the customer was in, in order."""
        return [State.VISITOR, *(step.to_state for step in self.transitions)]

    @property
    def events_triggered(self) -> list[str]:
        """The names of all triggers, in order."""
        return [trigger.event for trigger in self.triggers]

    def _take(self, change: CustomerChange) -> CustomerChange:
        self.customer = change.customer
        self.transitions += change.transitions
        self.triggers += change.triggers
        return change


def story_of(state: State) -> Story:
    """A customer who has come to `state`; everyone who bought did so for the last time on day 0."""
    spent = {State.CUSTOMER: ["100.00"], State.REPEAT: ["100.00", "100.00"], State.VIP: ["300.00", "300.00"]}
    match state:
        case State.VISITOR:
            return Story()
        case State.LEAD:
            return Story(cart(0))
        case State.AT_RISK:
            return Story(paid(0), checked(61))
        case State.CHURNED:
            return Story(paid(0), checked(61)).wait_until(180)
        case State.REACTIVATED:
            return Story(paid(-200), checked(-100), paid(0))
    return Story(*(paid(0, total) for total in spent[state]))
