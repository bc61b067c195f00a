"""The words in which the story is written: characters, and the scenes of their lives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from db.customers.records import CustomerRecord
from lifecycle.messages import MessageStatus
from lifecycle.states import State
from localstack.story.shopify import Webhook

UNDECIDED = (MessageStatus.PLANNED, MessageStatus.CLAIMED)


@dataclass(frozen=True)
class Message:
    """What became of one step of a campaign, named by its slug."""

    campaign: str
    status: MessageStatus = MessageStatus.SENT
    step: int = 1

    def __str__(self) -> str:
        return f"{self.campaign} {self.step} {self.status}"


@dataclass(frozen=True)
class Scene:
    """One moment: what happens, and what the engine has to make of it.

    It begins on `day` of the story at `clock` (UTC), or at once. Then the shop tells what `happens`, or the daily check
    comes by, or nothing happens at all. `state` is where the customer stands at its end; `messages` are those that
    came, or did not, because of it.
    """

    told: str
    state: State
    day: int = 0
    clock: time | None = None
    happens: "Happening | None" = None
    churn_check: bool = False
    messages: tuple[Message, ...] = ()

    def begins(self, first_day: date) -> datetime | None:
        """When the customer's clock has to show so that the scene may begin; None: at once."""
        if self.clock is None:
            return None
        return datetime.combine(first_day + timedelta(days=self.day), self.clock, UTC)


@dataclass(frozen=True)
class Character:
    """One customer of the story. `shopify_id` is their number in the shop system."""

    name: str
    email: str
    shopify_id: int
    about: str
    scenes: tuple[Scene, ...]
    phone: str | None = None

    @property
    def first_name(self) -> str:
        """How the story calls them."""
        return self.name.split()[0]

    @property
    def messages(self) -> tuple[Message, ...]:
        """Every message that is told of, in the order of the scenes."""
        return tuple(message for scene in self.scenes for message in scene.messages)

    def webhooks(self, now: datetime) -> int:
        """How many different webhooks the shop system makes of all that happens; the time does not matter."""
        told = (webhook for scene in self.scenes if scene.happens for webhook in scene.happens(self, now))
        return len({webhook.webhook_id for webhook in told})


Happening = Callable[[Character, datetime], tuple[Webhook, ...]]
"""What the shop system delivers, in that order, when something happens to a character at a time."""


def settled(story: CustomerRecord) -> Iterator[Message]:
    """What really became of a customer's messages; those whose time has not come are left out."""
    for message in story.messages:
        status = MessageStatus(message.status)
        if status not in UNDECIDED:
            yield Message(message.slug or "", status, message.step or 1)
