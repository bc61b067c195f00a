"""Texts by a language model: list, show, approve and reject them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncEngine

from db.content.contents import ContentRecord, Contents
from db.schema.tables.contents import CONTENT_STATUSES
from operations.access.errors import InvalidInput, NotAllowed, NotFound

KEY_LENGTH_SHOWN = 12
SHORTEST_PREFIX = 6
MOST_LISTED = 10_000
_KEY_CHARACTERS = frozenset("0123456789abcdef")

WHAT_HAPPENS_NEXT = {
    "APPROVED": "messages that wait for it look for it again a quarter of an hour after they began to wait, then with "
    "back-off, and for the last time an hour before they expire",
    "REJECTED": "messages about it carry their campaign's own text from now on, until its prompt is changed",
}


@dataclass(frozen=True)
class ContentDecision:
    """The texts that were decided on, and one sentence on what happens next."""

    status: Literal["APPROVED", "REJECTED"]
    contents: tuple[ContentRecord, ...]

    @property
    def what_happens_next(self) -> str:
        """What approval or rejection means for messages."""
        return WHAT_HAPPENS_NEXT[self.status]


async def list_contents(
    engine: AsyncEngine, *, statuses: Sequence[str] = CONTENT_STATUSES, campaign: str | None = None, limit: int = 100
) -> tuple[ContentRecord, ...]:
    """Return texts, the newest first. Raises `InvalidInput` for an unknown status, or none."""
    if not statuses or not set(statuses) <= set(CONTENT_STATUSES):
        raise InvalidInput(f"must be some of {', '.join(CONTENT_STATUSES)}", field="statuses")
    return await Contents(engine).list(statuses, campaign, limit)


async def pending_contents(engine: AsyncEngine, campaign: str | None = None) -> tuple[ContentRecord, ...]:
    """Return the texts that wait for a decision, the newest first."""
    return await list_contents(engine, statuses=["PENDING"], campaign=campaign, limit=MOST_LISTED)


async def find_contents(engine: AsyncEngine, prefixes: Iterable[str]) -> tuple[ContentRecord, ...]:
    """Return the text of each key; a prefix of the key is enough.

    Raises `InvalidInput` for an impossible key, `NotFound`, and `NotAllowed` if several keys have the prefix.
    """
    return tuple([await find_content(engine, prefix) for prefix in dict.fromkeys(prefixes)])


async def find_content(engine: AsyncEngine, prefix: str) -> ContentRecord:
    """Return the text whose key begins with `prefix`. Raises the errors of `find_contents`."""
    beginning = prefix.strip().lower()
    if len(beginning) < SHORTEST_PREFIX or not _KEY_CHARACTERS.issuperset(beginning):
        raise InvalidInput(f"must be the first {SHORTEST_PREFIX} or more characters of a text's key", field="key")
    found = await Contents(engine).beginning_with(beginning, most=2)
    if not found:
        raise NotFound("there is no such text; `retention content list` shows their keys", field="key")
    if len(found) > 1:
        raise NotAllowed("several texts begin like this: give more characters", field="key")
    return found[0]


async def decide_contents(
    engine: AsyncEngine, contents: Sequence[ContentRecord], now: datetime, *, approved: bool
) -> ContentDecision:
    """Approve texts for use until they expire, or reject them for good: all of them or none.

    Texts that changed in the meantime are left out of the result. Raises `NotAllowed` if one has no text yet.
    """
    for content in contents:
        if content.body is None:
            reason = f"{short_key(content)} is {content.status}: there is no text to decide on"
            raise NotAllowed(reason, field="key")
    decided = await Contents(engine).decide([content.content_key for content in contents], now, approved=approved)
    return ContentDecision(
        "APPROVED" if approved else "REJECTED",
        tuple(content for content in contents if content.content_key in decided),
    )


def short_key(content: ContentRecord) -> str:
    """Return the part of a key that lists show; it is enough to find the text."""
    return content.content_key[:KEY_LENGTH_SHOWN]
