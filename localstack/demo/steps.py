"""The types of the scenario: customers of the demo, the steps of their lives, and the expected messages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from db.customers.records import CustomerRecord
from lifecycle.messages import MessageStatus
from lifecycle.states import State
from localstack.demo.demo_shop import DemoWebhook

UNDECIDED = (MessageStatus.PLANNED, MessageStatus.CLAIMED)


@dataclass(frozen=True)
class ExpectedMessage:
    """The outcome of one step of a campaign, named by its slug."""

    campaign: str
    status: MessageStatus = MessageStatus.SENT
    step: int = 1

    def __str__(self) -> str:
        return f"{self.campaign} {self.step} {self.status}"


@dataclass(frozen=True)
class DemoStep:
    """One step of a customer's life: what happens, and what the engine has to do.

    It begins on `day` of the demo at `clock` (UTC), or immediately without a `clock`. Then the shop delivers the
    webhooks of `action`, or the daily churn check runs, or only time passes. `state` is the customer's state at the
    end; `messages` are those that were sent or skipped in this step.
    """

    text: str
    state: State
    day: int = 0
    clock: time | None = None
    action: "ShopAction | None" = None
    churn_check: bool = False
    messages: tuple[ExpectedMessage, ...] = ()

    def begins(self, first_day: date) -> datetime | None:
        """The customer's time at which the step begins; None: immediately."""
        if self.clock is None:
            return None
        return datetime.combine(first_day + timedelta(days=self.day), self.clock, UTC)


@dataclass(frozen=True)
class DemoCustomer:
    """One customer of the demo. `shopify_id` is their number in the shop system."""

    name: str
    email: str
    shopify_id: int
    about: str
    steps: tuple[DemoStep, ...]
    phone: str | None = None

    @property
    def first_name(self) -> str:
        """The first word of the name."""
        return self.name.split()[0]

    @property
    def messages(self) -> tuple[ExpectedMessage, ...]:
        """All expected messages, in the order of the steps."""
        return tuple(message for step in self.steps for message in step.messages)

    def webhooks(self, now: datetime) -> int:
        """The number of different webhooks in all steps; it does not depend on the time."""
        webhooks = (webhook for step in self.steps if step.action for webhook in step.action(self, now))
        return len({webhook.webhook_id for webhook in webhooks})


ShopAction = Callable[[DemoCustomer, datetime], tuple[DemoWebhook, ...]]
"""The webhooks that the shop delivers, in order, when a customer does something at a time."""


def decided_messages(record: CustomerRecord) -> Iterator[ExpectedMessage]:
    """The actual outcome of a customer's messages, without those that are not decided yet."""
    for message in record.messages:
        status = MessageStatus(message.status)
        if status not in UNDECIDED:
            yield ExpectedMessage(message.slug or "", status, message.step or 1)
