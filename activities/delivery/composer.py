"""Composes a message from its row: reserves its coupon, looks up its generated content, renders it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.content.message_draft import MessageDraft, draft_from_record
from activities.content.product_section import ProductSection
from activities.content.rendered import RenderedEmail
from activities.content.renderer import Renderer
from activities.delivery.recipient import recipient_of
from activities.writing.content_source import (
    ContentAwaitingApproval,
    ContentMissing,
    ContentReady,
    ContentSource,
    ContentUnavailable,
    fallback_log,
)
from db.messages import coupons
from db.messages.claims import MessageRecord, Rendered
from lifecycle.campaigns import Campaign
from lifecycle.gate import Wait, backoff

APPROVAL_DEADLINE = timedelta(hours=1)
"""How long before its expiry a message stops waiting for approval and is sent with its campaign's own body."""

NOT_APPROVED = "the generated text was not approved in time"


class Composer:
    """Composes messages, each with its own coupon and generated content."""

    def __init__(self, engine: AsyncEngine, renderer: Renderer, content_source: ContentSource) -> None:
        self._engine = engine
        self._renderer = renderer
        self._content_source = content_source

    @property
    def sender(self) -> str:
        """The address that e-mail is sent from."""
        return self._renderer.sender

    async def compose(
        self,
        key: str,
        record: MessageRecord,
        campaign: Campaign,
        now: datetime,
        *,
        attempts: int,
        unwritten: str | None,
    ) -> Rendered | Wait | ContentMissing:
        """The message to send, or when to try again, or that its text must be generated first.

        `unwritten` is the reason why its text could not be generated: the campaign's own body is then sent. Raises
        `TemplateError`.
        """
        draft = draft_from_record(key, record, campaign, recipient_of(record, campaign).address or "")
        sections: tuple[ProductSection, ...] = ()
        content_log: dict[str, Any] | None = None
        if draft.wording.prompt is not None:
            content = ContentUnavailable(unwritten) if unwritten else await self._content_source.look_up(draft, now)
            if isinstance(content, ContentAwaitingApproval):
                deadline = record.expires_at - APPROVAL_DEADLINE
                if now < deadline:
                    return Wait(min(now + backoff(attempts), deadline), "its generated text awaits approval")
                content = ContentUnavailable(NOT_APPROVED)
            match content:
                case ContentMissing():
                    return content
                case ContentUnavailable(reason):
                    content_log = fallback_log(reason)
                case ContentReady(sections, content_log):
                    pass
        coupon = None
        if campaign.coupon_pool is not None:
            coupon = await coupons.reserve(self._engine, campaign.coupon_pool, key, now) or campaign.coupon_fallback
        return self._rendered(replace(draft, coupon=coupon), now, sections, content_log)

    def _rendered(
        self,
        draft: MessageDraft,
        now: datetime,
        sections: tuple[ProductSection, ...],
        content_log: dict[str, Any] | None,
    ) -> Rendered:
        message = self._renderer.render(draft, now, sections)
        if isinstance(message, RenderedEmail):
            return Rendered(draft.recipient.address, message.subject, message.content, message.links, words=content_log)
        return Rendered(draft.recipient.address, None, message.text.encode(), words=content_log)
