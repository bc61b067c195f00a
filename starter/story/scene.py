"""The words in which the story is written: characters, and the scenes of their lives."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from db.stories import Story
from lifecycle.messages import MessageStatus
from lifecycle.states import State

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

    It begins on `day` of the story at `clock` (UTC), or at once. Then the shop tells of `event`, or the daily check
    comes by, or nothing happens at all. `state` is where the customer stands at its end; `messages` are those that
    came, or did not, because of it.
    """

    told: str
    state: State
    day: int = 0
    clock: time | None = None
    event: dict[str, Any] | None = None
    churn_check: bool = False
    messages: tuple[Message, ...] = ()

    def begins(self, first_day: date) -> datetime | None:
        """When the customer's clock has to show so that the scene may begin; None: at once."""
        if self.clock is None:
            return None
        return datetime.combine(first_day + timedelta(days=self.day), self.clock, UTC)


@dataclass(frozen=True)
class Character:
    """One customer of the story."""

    name: str
    email: str
    about: str
    scenes: tuple[Scene, ...]

    @property
    def first_name(self) -> str:
        """How the story calls them."""
        return self.name.split()[0]

    @property
    def messages(self) -> tuple[Message, ...]:
        """Every message that is told of, in the order of the scenes."""
        return tuple(message for scene in self.scenes for message in scene.messages)


def settled(story: Story) -> Iterator[Message]:
    """What really became of a customer's messages; those whose time has not come are left out."""
    for message in story.messages:
        status = MessageStatus(message.status)
        if status not in UNDECIDED:
            yield Message(message.slug or "", status, message.step or 1)
