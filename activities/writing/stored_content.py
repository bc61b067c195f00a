"""Looks up stored texts: what there is for a draft, or why there is none."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.content.message_draft import MessageDraft
from activities.content.product_section import ProductSection
from activities.writing.briefs import Brief, BriefBuilder, NothingToWrite
from activities.writing.content_source import (
    ContentAwaitingApproval,
    ContentLookup,
    ContentMissing,
    ContentReady,
    ContentUnavailable,
)
from activities.writing.language_model import ProductText
from db.content.contents import ContentRecord, Contents

REJECTED = "its generated text was rejected"


class StoredContentSource:
    """Looks up the texts that `briefs` builds for a draft."""

    def __init__(self, engine: AsyncEngine, briefs: BriefBuilder) -> None:
        self._contents = Contents(engine)
        self._briefs = briefs

    async def look_up(self, draft: MessageDraft, now: datetime) -> ContentLookup:
        """All texts of a draft, as of the customer's `now`; or, if some cannot be used, the worst reason."""
        try:
            briefs = self._briefs.build(draft)
        except NothingToWrite as error:
            return ContentUnavailable(str(error))
        keys = [brief.content.content_key for brief in briefs]
        records = await self._contents.find(keys, approval=any(brief.approval for brief in briefs))
        results = [_section(brief, records.get(key), now) for brief, key in zip(briefs, keys, strict=True)]
        for worse in (ContentUnavailable, ContentMissing, ContentAwaitingApproval):
            for result in results:
                if isinstance(result, worse):
                    return result
        sections = tuple(result for result in results if isinstance(result, ProductSection))
        return ContentReady(sections, _log(draft, records, keys))


def _section(
    brief: Brief, record: ContentRecord | None, now: datetime
) -> ProductSection | ContentUnavailable | ContentMissing | ContentAwaitingApproval:
    if record is None:
        return ContentMissing()
    if record.status == "REJECTED":
        return ContentUnavailable(REJECTED)
    if record.status == "FAILED" and record.reason and record.lease_left > timedelta():
        return ContentUnavailable(record.reason)
    if record.body is None or record.expires_at is None or record.expires_at <= now:
        return ContentMissing()
    if brief.approval and record.decided_at is None:
        return ContentAwaitingApproval()
    text = ProductText.model_validate(record.body)
    return ProductSection(brief.product, text.heading, text.paragraphs, text.points)


def _log(draft: MessageDraft, records: Mapping[str, ContentRecord], keys: Sequence[str]) -> dict[str, Any]:
    """The message's log. Tokens and cost are those of generating its texts, whichever message requested them."""
    used = [records[key] for key in dict.fromkeys(keys)]
    return {
        "source": "model",
        "model": used[0].model,
        "contents": [content.content_key for content in used],
        "tokens": sum(content.spent.tokens for content in used),
        "cost": str(sum((content.spent.cost for content in used), Decimal(0))),
        "reused": not any((content.fence or "").startswith(draft.key) for content in used),
    }
