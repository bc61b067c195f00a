"""Texts by a language model, as delivery and the renderer see them: written before, or not to be had."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from activities.content.letter import Letter

NO_MODEL = "no language model is set up"


@dataclass(frozen=True)
class Section:
    """What is said about one product, in plain text."""

    product: Mapping[str, Any]
    heading: str
    paragraphs: tuple[str, ...]
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ready:
    """Every product has its text. `words` tell the message's log who wrote them, and what that cost."""

    sections: tuple[Section, ...]
    words: dict[str, Any]


@dataclass(frozen=True)
class Unwritten:
    """Nobody has written it yet: ask for it, and come again."""


@dataclass(frozen=True)
class Unapproved:
    """It waits for somebody to read and approve it."""


@dataclass(frozen=True)
class Unusable:
    """There will be no text for this message: its campaign's own body is sent, for this reason."""

    reason: str


LookedUp = Ready | Unwritten | Unapproved | Unusable


class WrittenContent(Protocol):
    """Where texts are kept."""

    async def look_up(self, letter: Letter, now: datetime) -> LookedUp:
        """What there is for a letter whose wording has a prompt."""
        ...


class TemplatesOnly:
    """No model: every campaign sends the body it was written with."""

    async def look_up(self, letter: Letter, now: datetime) -> LookedUp:  # noqa: ARG002 - the port's
        """Never a text."""
        return Unusable(NO_MODEL)


def fallback(reason: str) -> dict[str, Any]:
    """What the log says of a message whose campaign's own body was sent."""
    return {"source": "fallback", "reason": reason}
