"""Texts as they are stored: what there is for a letter, or why there is none."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.content.letter import Letter
from activities.content.written import LookedUp, Ready, Section, Unapproved, Unusable, Unwritten
from activities.writing.briefs import Brief, Briefs, NothingToWrite
from activities.writing.language_model import ProductText
from db.content.contents import ContentRecord, Contents

REJECTED = "its text was rejected"


class StoredContent:
    """Looks up what `briefs` make of a letter."""

    def __init__(self, engine: AsyncEngine, briefs: Briefs) -> None:
        self._contents = Contents(engine)
        self._briefs = briefs

    async def look_up(self, letter: Letter, now: datetime) -> LookedUp:
        """All texts of a letter, as of the customer's `now`, or what is the matter with the worst of them."""
        try:
            wanted = self._briefs.of(letter)
        except NothingToWrite as error:
            return Unusable(str(error))
        keys = [brief.content.content_key for brief in wanted]
        found = await self._contents.find(keys, approval=any(brief.approval for brief in wanted))
        standings = [_standing(brief, found.get(key), now) for brief, key in zip(wanted, keys, strict=True)]
        for worse in (Unusable, Unwritten, Unapproved):
            for standing in standings:
                if isinstance(standing, worse):
                    return standing
        sections = tuple(standing for standing in standings if isinstance(standing, Section))
        return Ready(sections, _words(letter, found, keys))


def _standing(brief: Brief, found: ContentRecord | None, now: datetime) -> Section | Unusable | Unwritten | Unapproved:
    if found is None:
        return Unwritten()
    if found.status == "REJECTED":
        return Unusable(REJECTED)
    if found.status == "FAILED" and found.reason and found.lease_left > timedelta():
        return Unusable(found.reason)
    if found.body is None or found.expires_at is None or found.expires_at <= now:
        return Unwritten()
    if brief.approval and found.decided_at is None:
        return Unapproved()
    text = ProductText.model_validate(found.body)
    return Section(brief.product, text.heading, text.paragraphs, text.points)


def _words(letter: Letter, found: Mapping[str, ContentRecord], keys: Sequence[str]) -> dict[str, Any]:
    """For the message's log: tokens and cost are of writing its texts, whichever message they were written for."""
    used = [found[key] for key in dict.fromkeys(keys)]
    return {
        "source": "model",
        "model": used[0].model,
        "contents": [content.content_key for content in used],
        "tokens": sum(content.spent.tokens for content in used),
        "cost": str(sum((content.spent.cost for content in used), Decimal(0))),
        "reused": not any((content.fence or "").startswith(letter.key) for content in used),
    }
