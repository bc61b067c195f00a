"""The source of generated content for delivery: a stored text, or the reason why there is none."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from activities.content.message_draft import MessageDraft
from activities.content.product_section import ProductSection

NO_MODEL = "no language model is configured"


@dataclass(frozen=True)
class ContentReady:
    """Every product has its text. `log` is stored with the message: model, contents, tokens and cost."""

    sections: tuple[ProductSection, ...]
    log: dict[str, Any]


@dataclass(frozen=True)
class ContentMissing:
    """The text has not been generated yet: request it and look again."""


@dataclass(frozen=True)
class ContentAwaitingApproval:
    """The text waits for approval."""


@dataclass(frozen=True)
class ContentUnavailable:
    """This message gets no generated text: its campaign's own body is sent, for this reason."""

    reason: str


ContentLookup = ContentReady | ContentMissing | ContentAwaitingApproval | ContentUnavailable


class ContentSource(Protocol):
    """Looks up generated content."""

    async def look_up(self, draft: MessageDraft, now: datetime) -> ContentLookup:
        """The content of a draft whose wording has a prompt."""
        ...


class TemplatesOnly:
    """The content source without a language model: every campaign sends its own body."""

    async def look_up(self, draft: MessageDraft, now: datetime) -> ContentLookup:  # noqa: ARG002 - the protocol's
        """Always `ContentUnavailable`."""
        return ContentUnavailable(NO_MODEL)


def fallback_log(reason: str) -> dict[str, Any]:
    """The log entry of a message that was sent with its campaign's own body."""
    return {"source": "fallback", "reason": reason}
