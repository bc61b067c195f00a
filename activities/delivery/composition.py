"""Composition: from a message's row to the bytes that are about to go out, with its coupon and its written text."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.content.letter import Letter, RenderedEmail
from activities.content.message_letter import letter_of
from activities.content.renderer import Renderer
from activities.content.written import Ready, Section, Unapproved, Unusable, Unwritten, WrittenContent, fallback
from activities.delivery.recipient import recipient_of
from db.messages import coupons
from db.messages.messages import MessageRecord, Rendered
from lifecycle.campaigns import Campaign
from lifecycle.gate import Wait, growing_pause

LAST_CALL = timedelta(hours=1)
"""Before its expiry a message no longer waits for the approval of a text: its campaign's own body is sent."""

NOT_APPROVED = "the text was not approved in time"


class Composition:
    """Renders messages, each with what is its own."""

    def __init__(self, engine: AsyncEngine, renderer: Renderer, written: WrittenContent) -> None:
        self._engine = engine
        self._renderer = renderer
        self._written = written

    @property
    def sender(self) -> str:
        """The address that e-mail comes from."""
        return self._renderer.sender

    async def compose(
        self, key: str, found: MessageRecord, campaign: Campaign, now: datetime, *, attempts: int, unwritten: str | None
    ) -> Rendered | Wait | Unwritten:
        """The message as it goes out; or when to ask again; or that its text has to be written first.

        `unwritten` says why a text was not written, and that the campaign's own body is to be sent. Raises
        `TemplateError`.
        """
        letter = letter_of(key, found, campaign, recipient_of(found, campaign).address or "")
        sections: tuple[Section, ...] = ()
        words: dict[str, Any] | None = None
        if letter.wording.prompt is not None:
            text = Unusable(unwritten) if unwritten else await self._written.look_up(letter, now)
            if isinstance(text, Unapproved):
                last_call = found.expires_at - LAST_CALL
                if now < last_call:
                    return Wait(min(now + growing_pause(attempts), last_call), "its text waits for approval")
                text = Unusable(NOT_APPROVED)
            match text:
                case Unwritten():
                    return text
                case Unusable(reason):
                    words = fallback(reason)
                case Ready(sections, words):
                    pass
        coupon = None
        if campaign.coupon_pool is not None:
            coupon = await coupons.reserve(self._engine, campaign.coupon_pool, key, now) or campaign.coupon_fallback
        return self._rendered(replace(letter, coupon=coupon), now, sections, words)

    def _rendered(
        self, letter: Letter, now: datetime, sections: tuple[Section, ...], words: dict[str, Any] | None
    ) -> Rendered:
        written = self._renderer.render(letter, now, sections)
        if isinstance(written, RenderedEmail):
            return Rendered(letter.reader.address, written.subject, written.content, written.links, words=words)
        return Rendered(letter.reader.address, None, written.text.encode(), words=words)
