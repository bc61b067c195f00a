"""A proof: one rendition of one step, as a sample customer would get it."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from activities.content.letter import RenderedEmail, RenderedText
from activities.content.renderer import Renderer
from activities.content.sample import Rendition, renditions, sample_letter
from lifecycle.campaign_file import CampaignRow
from operations.campaigns.pictures import illustrated


@dataclass(frozen=True)
class Proof:
    """What the customer would see. A text message has `segments`, and neither subject, preheader nor HTML."""

    row: CampaignRow
    rendition: Rendition
    text: str
    subject: str | None = None
    preheader: str | None = None
    html: str | None = None
    segments: int | None = None

    @property
    def name(self) -> str:
        """What tells it apart from the campaign's other proofs, as a part of a file's name."""
        parts = (self.row.slug, str(self.row.step), self.rendition.variant, self.rendition.locale)
        return "-".join(part for part in parts if part)

    @property
    def title(self) -> str:
        """The same in words."""
        return ", ".join([f"Step {self.row.step}", *self.rendition.names()])


def proofs(
    rows: Iterable[CampaignRow], renderer: Renderer, now: datetime, locale: str | None, variant: str | None
) -> Iterator[Proof]:
    """The proofs of campaign steps, in every language and variant, or those of one.

    Raises `TemplateError`.
    """
    for row in rows:
        for rendition in chosen(row, locale, variant):
            # A key of its own, so that mail programs keep each of several tests.
            letter = sample_letter(row, rendition, secrets.token_hex(32))
            yield _proof(row, rendition, renderer.render(letter, now))


def chosen(row: CampaignRow, locale: str | None, variant: str | None) -> list[Rendition]:
    """The renditions that are asked for. Who reads a language that a step does not have reads it as first written."""
    found = [one for one in renditions(row.wording) if variant is None or one.variant in (None, variant)]
    if locale is None:
        return found
    return [Rendition(locale, name) for name in dict.fromkeys(one.variant for one in found)]


def _proof(row: CampaignRow, rendition: Rendition, rendered: RenderedEmail | RenderedText) -> Proof:
    if isinstance(rendered, RenderedText):
        return Proof(row, rendition, rendered.text, segments=rendered.segments)
    message = message_from_bytes(rendered.content, policy=policy.default)
    text, html = (_part(message, kind) for kind in ("plain", "html"))
    return Proof(row, rendition, text, rendered.subject, rendered.preheader, illustrated(html))


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
