"""What the audience sees while the story is played: one line a scene, one character after the other."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lifecycle.messages import MessageStatus
from lifecycle.states import State
from localstack.story.scene import Character, Message, Scene

COLOURS = {
    State.VISITOR: "white",
    State.LEAD: "cyan",
    State.CUSTOMER: "green",
    State.REPEAT: "green",
    State.VIP: "magenta",
    State.AT_RISK: "yellow",
    State.CHURNED: "red",
    State.REACTIVATED: "blue",
}

WIDEST = 110
"""Columns of a line, where the terminal has more."""


@dataclass(frozen=True)
class Line:
    """A scene that came out as it should, and the customer's time when it began."""

    scene: Scene
    at: datetime


class Programme:
    """Prints scenes in the order of reading, although the characters play at once: who is not on yet waits."""

    def __init__(self, story: tuple[Character, ...], console: Console) -> None:
        self._console = console
        self._coming = deque(story)
        self._lines: dict[str, deque[Line]] = {character.email: deque() for character in story}
        self._shown = 0

    def told(self, character: Character, scene: Scene, at: datetime) -> None:
        """A scene is over."""
        self._lines[character.email].append(Line(scene, at))
        self._show()
        while self._coming and self._shown == len(self._coming[0].scenes):
            self._next()

    def finish(self) -> None:
        """Nothing more will come, even where a story broke off."""
        while self._coming:
            self._show()
            self._next()

    def _next(self) -> None:
        self._coming.popleft()
        self._shown = 0
        self._show()

    def _show(self) -> None:
        if not self._coming:
            return
        character = self._coming[0]
        lines = self._lines[character.email]
        while lines:
            if self._shown == 0:
                self._console.print(Text(f"\n{character.name}: {character.about}", style="bold"))
            self._console.print(_row(lines.popleft(), self._console.width))
            self._shown += 1


def _row(line: Line, width: int) -> Table:
    """One scene: when, what, where the customer stands, and what they got."""
    row = Table.grid(padding=(0, 2))
    row.width = min(width, WIDEST)
    row.add_column(width=16)
    row.add_column(ratio=5)
    row.add_column(width=11)
    row.add_column(ratio=3)
    row.add_row(
        Text(f"{line.at:%Y-%m-%d %H:%M}", style="dim"),
        line.scene.told,
        Text(line.scene.state, style=COLOURS[line.scene.state]),
        Text("\n").join(_told(message) for message in line.scene.messages),
    )
    return row


def _told(message: Message) -> Text:
    name = message.campaign.replace("-", " ") + (f" {message.step}" if message.step > 1 else "")
    if message.status is MessageStatus.SENT:
        return Text(name)
    return Text(f"{name}: {message.status.lower()}", style="dim")
