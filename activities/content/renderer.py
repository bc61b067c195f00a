"""Renders a message draft to the exact bytes of an e-mail, or to the text of an SMS."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import parseaddr

from markupsafe import Markup

from activities.content import filters
from activities.content.email_bytes import MAX_HEADER_LENGTH, UnsafeHeader, email_bytes
from activities.content.email_frame import EmailFrame
from activities.content.layouts import layout
from activities.content.link_tokens import MAX_LINKS
from activities.content.markup import InvalidMarkup, balanced
from activities.content.message_draft import MessageDraft, ShopDetails
from activities.content.phrases import phrases
from activities.content.plain_text import plain_text
from activities.content.product_section import ProductSection
from activities.content.rendered import RenderedEmail, RenderedSms
from activities.content.sms_segments import count_segments
from activities.content.template_variables import template_variables
from activities.content.templates import SandboxedTemplates, TemplateError
from activities.content.tracking import TrackedHtml, track
from lifecycle.campaigns import Purpose

MAX_HTML_LENGTH = 256_000
MAX_SMS_LENGTH = 1_000
MAX_SEGMENTS = 6


class Renderer:
    """Renders drafts for one shop."""

    def __init__(self, shop: ShopDetails) -> None:
        self._shop = shop
        self._frame = EmailFrame(shop)
        self._html = SandboxedTemplates(filters.HTML, html=True)
        self._plain = SandboxedTemplates(filters.PLAIN, html=False)

    @property
    def sender(self) -> str:
        """The address that e-mail is sent from."""
        return parseaddr(self._shop.sender)[1]

    def render(
        self, draft: MessageDraft, now: datetime, sections: Sequence[ProductSection] = ()
    ) -> RenderedEmail | RenderedSms:
        """The message as it is sent, dated `now`. Generated `sections` replace the campaign's own body.

        Raises `TemplateError`, which holds no personal data.
        """
        if draft.channel == "SMS":
            return self._sms(draft)
        return self._email(draft, _generated_body(sections) if sections else None, now)

    def _sms(self, draft: MessageDraft) -> RenderedSms:
        known = template_variables(draft, self._shop)
        text = self._plain.render("body", draft.wording.body, known, MAX_SMS_LENGTH).strip()
        segments = count_segments(text)
        if not text or segments > MAX_SEGMENTS:
            raise TemplateError("body", f"comes to {segments if text else 0} text messages, at most {MAX_SEGMENTS}")
        return RenderedSms(text, segments)

    def _email(self, draft: MessageDraft, generated_body: Markup | None, now: datetime) -> RenderedEmail:
        known = template_variables(draft, self._shop)
        wording = draft.wording
        subject = self._plain.render("subject", wording.subject or "", known, MAX_HEADER_LENGTH).strip()
        if not subject:
            raise TemplateError("subject", "is empty")
        preheader = self._plain.render("preheader", wording.preheader or "", known, MAX_HEADER_LENGTH).strip()
        body = _balanced(generated_body or self._html.render("body", wording.body, known, MAX_HTML_LENGTH))
        unsubscribe_url = self._unsubscribe_url(draft)
        html = self._frame.wrap(
            body,
            subject=subject,
            preheader=preheader,
            language=known["language"],
            unsubscribe_url=unsubscribe_url,
            pixel_url=self._pixel_url(draft),
        )
        tracked = self._tracked(draft, html, unsubscribe_url)
        try:
            content = email_bytes(
                draft,
                sender=self._shop.sender,
                subject=subject,
                text=self._text_part(body, known["language"], unsubscribe_url),
                html=tracked.html,
                now=now,
                unsubscribe_url=unsubscribe_url,
            )
        except UnsafeHeader as error:
            raise TemplateError("subject", str(error)) from None
        return RenderedEmail(subject, content, tracked.targets, preheader)

    def _text_part(self, body: Markup, language: str, unsubscribe_url: str | None) -> str:
        """The plain-text part. Its links are not tracked: the long tracking URLs would be shown in full."""
        text = phrases(language)
        name, address = self._shop.name, self._shop.postal_address
        lines = [plain_text(body), "", "-- ", *([] if address.startswith(name) else [name]), address]
        if unsubscribe_url:
            lines += ["", text.why.format(shop=self._shop.name), f"{text.unsubscribe}: {unsubscribe_url}"]
        return "\n".join(lines) + "\n"

    def _unsubscribe_url(self, draft: MessageDraft) -> str | None:
        if draft.purpose is not Purpose.MARKETING:
            return None
        return f"{self._shop.public_url}/u/{self._shop.link_tokens.unsubscribe(draft.key)}"

    def _pixel_url(self, draft: MessageDraft) -> str | None:
        return f"{self._shop.public_url}/o/{self._shop.link_tokens.open(draft.key)}" if self._shop.tracking else None

    def _tracked(self, draft: MessageDraft, html: str, unsubscribe_url: str | None) -> TrackedHtml:
        if not self._shop.tracking:
            return TrackedHtml(html, ())
        return track(
            html,
            lambda number: f"{self._shop.public_url}/c/{self._shop.link_tokens.click(draft.key, number)}",
            exclude=unsubscribe_url,
            max_links=MAX_LINKS,
        )


def _balanced(html: str) -> Markup:
    try:
        return balanced(html)
    except InvalidMarkup as error:
        raise TemplateError("body", str(error)) from None


def _generated_body(sections: Sequence[ProductSection]) -> Markup:
    return layout(
        "product_sections.html.j2", sections=[(section, filters.picture(section.product)) for section in sections]
    )
