"""Proofs: each shows one rendition of one step as a sample customer would get it."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from pydantic import SecretStr

from activities.content.rendered import RenderedEmail, RenderedSms
from activities.content.renderer import Renderer
from activities.content.sample import Rendition, renditions, sample_draft
from activities.delivery.build import build_renderer
from lifecycle.campaign_file import CampaignRow
from operations.campaigns.apply import check_wordings
from operations.campaigns.pictures import illustrated
from operations.campaigns.selection import select_steps
from settings import Settings

_SAMPLE_KEY = SecretStr("the links of a sample lead nowhere")


@dataclass(frozen=True)
class ProofRequest:
    """One campaign, and which of its renditions to show. None means all of them."""

    slug: str
    step: int | None = None
    locale: str | None = None
    variant: str | None = None

    def steps(self, rows: Iterable[CampaignRow]) -> list[CampaignRow]:
        """Return the requested steps, whose templates are checked.

        Raises `UnknownCampaign`, `InvalidInput` and `InvalidCampaignFile`.
        """
        steps = select_steps(rows, self.slug, self.step, self.variant)
        check_wordings(steps)
        return steps

    def renditions(self, row: CampaignRow) -> list[Rendition]:
        """Return the requested renditions of a step. A locale that the step lacks is shown the original text."""
        found = [one for one in renditions(row.wording) if self.variant is None or one.variant in (None, self.variant)]
        if self.locale is None:
            return found
        return [Rendition(self.locale, name) for name in dict.fromkeys(one.variant for one in found)]


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
        """A name that is unique among the campaign's proofs and fit for a file."""
        parts = (self.row.slug, str(self.row.step), self.rendition.variant, self.rendition.locale)
        return "-".join(part for part in parts if part)

    @property
    def title(self) -> str:
        """The name as a person reads it."""
        return ", ".join([f"Step {self.row.step}", *self.rendition.names()])


def make_proofs(rows: Iterable[CampaignRow], request: ProofRequest, settings: Settings, now: datetime) -> list[Proof]:
    """Render a campaign's steps for a sample customer.

    Raises `UnknownCampaign`, `InvalidInput` and `InvalidCampaignFile`.
    """
    renderer = sample_renderer(settings)
    return [
        _proof(row, rendition, renderer.render(sample_draft(row, rendition, new_message_key()), now))
        for row in request.steps(rows)
        for rendition in request.renditions(row)
    ]


def sample_renderer(settings: Settings) -> Renderer:
    """Return the shop's renderer without tracking. The links that it signs are not valid."""
    sample = {"identity_key": _SAMPLE_KEY, "link_keys": None, "tracking": False}
    return build_renderer(settings.model_copy(update=sample))


def new_message_key() -> str:
    """Return a random key: mail programs keep several tests only if their keys differ."""
    return secrets.token_hex(32)


def _proof(row: CampaignRow, rendition: Rendition, rendered: RenderedEmail | RenderedSms) -> Proof:
    if isinstance(rendered, RenderedSms):
        return Proof(row, rendition, rendered.text, segments=rendered.segments)
    message = message_from_bytes(rendered.content, policy=policy.default)
    text, html = (_part(message, kind) for kind in ("plain", "html"))
    return Proof(row, rendition, text, rendered.subject, rendered.preheader, illustrated(html))


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
