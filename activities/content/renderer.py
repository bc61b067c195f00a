"""Renderer: from a letter to the exact bytes that go out."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import parseaddr

from markupsafe import Markup

from activities.content import filters
from activities.content.frame import Frame
from activities.content.layouts import layout
from activities.content.letter import Letter, RenderedEmail, RenderedText, Shop
from activities.content.link_tokens import MOST_LINKS
from activities.content.mail import LONGEST_SUBJECT, Mail, UnsafeHeader, compose
from activities.content.markup import UnusableMarkup, closed
from activities.content.phrases import phrases
from activities.content.plain_text import plain_text
from activities.content.sms_segments import segments
from activities.content.templates import TemplateError, Templates
from activities.content.tracking import Tracked, track
from activities.content.variables import variables
from activities.content.written import Section
from lifecycle.campaigns import Purpose

MOST_HTML = 256_000
MOST_TEXT = 1_000
MOST_SEGMENTS = 6


class Renderer:
    """Renders letters in the shop's name."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._frame = Frame(shop)
        self._html = Templates(filters.HTML, html=True)
        self._plain = Templates(filters.PLAIN, html=False)

    @property
    def sender(self) -> str:
        """The address that e-mail comes from."""
        return parseaddr(self._shop.sender)[1]

    def render(self, letter: Letter, now: datetime, written: Sequence[Section] = ()) -> RenderedEmail | RenderedText:
        """The message as it goes out, dated `now`, with what was `written` instead of the campaign's own body.

        Raises `TemplateError`, which holds no personal data.
        """
        if letter.channel == "SMS":
            return self._text_message(letter)
        return self._email(letter, _body_of(written) if written else None, now)

    def _text_message(self, letter: Letter) -> RenderedText:
        text = self._plain.render("body", letter.wording.body, variables(letter, self._shop), MOST_TEXT).strip()
        parts = segments(text)
        if not text or parts > MOST_SEGMENTS:
            raise TemplateError("body", f"comes to {parts if text else 0} text messages, at most {MOST_SEGMENTS}")
        return RenderedText(text, parts)

    def _email(self, letter: Letter, written: Markup | None, now: datetime) -> RenderedEmail:
        known = variables(letter, self._shop)
        wording = letter.wording
        subject = self._plain.render("subject", wording.subject or "", known, LONGEST_SUBJECT).strip()
        if not subject:
            raise TemplateError("subject", "is empty")
        preheader = self._plain.render("preheader", wording.preheader or "", known, LONGEST_SUBJECT).strip()
        body = self._body(written or self._html.render("body", wording.body, known, MOST_HTML))
        unsubscribe_url = self._unsubscribe_url(letter)
        html = self._frame.around(
            body,
            subject=subject,
            preheader=preheader,
            language=known["language"],
            unsubscribe_url=unsubscribe_url,
            pixel_url=self._pixel_url(letter),
        )
        tracked = self._tracked(letter, html, unsubscribe_url)
        try:
            content = compose(
                Mail(
                    message_key=letter.key,
                    sender=self._shop.sender,
                    recipient=letter.reader.address,
                    subject=subject,
                    text=self._text_part(body, known["language"], unsubscribe_url),
                    html=tracked.html,
                    now=now,
                    campaign=letter.slug,
                    step=letter.step,
                    purpose=letter.purpose,
                    unsubscribe_url=unsubscribe_url,
                )
            )
        except UnsafeHeader as error:
            raise TemplateError("subject", str(error)) from None
        return RenderedEmail(subject, content, tracked.targets, preheader)

    def _body(self, html: str) -> Markup:
        try:
            return closed(html)
        except UnusableMarkup as error:
            raise TemplateError("body", str(error)) from None

    def _text_part(self, body: Markup, language: str, unsubscribe_url: str | None) -> str:
        """What a reader of plain text sees. Its links are not tracked: there they would be all that one reads."""
        said = phrases(language)
        name, address = self._shop.name, self._shop.postal_address
        lines = [plain_text(body), "", "-- ", *([] if address.startswith(name) else [name]), address]
        if unsubscribe_url:
            lines += ["", said.why.format(shop=self._shop.name), f"{said.unsubscribe}: {unsubscribe_url}"]
        return "\n".join(lines) + "\n"

    def _unsubscribe_url(self, letter: Letter) -> str | None:
        if letter.purpose is not Purpose.MARKETING:
            return None
        return f"{self._shop.public_url}/u/{self._shop.link_tokens.unsubscribe(letter.key)}"

    def _pixel_url(self, letter: Letter) -> str | None:
        return f"{self._shop.public_url}/o/{self._shop.link_tokens.open(letter.key)}" if self._shop.tracking else None

    def _tracked(self, letter: Letter, html: str, unsubscribe_url: str | None) -> Tracked:
        if not self._shop.tracking:
            return Tracked(html, ())
        return track(
            html,
            lambda number: f"{self._shop.public_url}/c/{self._shop.link_tokens.click(letter.key, number)}",
            untouched=unsubscribe_url,
            most=MOST_LINKS,
        )


def _body_of(written: Sequence[Section]) -> Markup:
    return layout("written.html.j2", sections=[(section, filters.picture(section.product)) for section in written])
