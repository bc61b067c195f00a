"""One message explained: its trigger, the decisions about it with their reasons, its text, and its outcome."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from db.campaigns.campaigns import StoredCampaign
from db.customers.records import CustomerRecord, StoredMessage
from lifecycle.messages import MessageStatus
from operations.customers.message_causes import CandidateCampaign, MessageCause, candidates_for, cause_of

OUTCOMES = {
    MessageStatus.PLANNED: "is planned for later",
    MessageStatus.CLAIMED: "is being sent",
    MessageStatus.SENT: "was sent",
    MessageStatus.OPENED: "was sent and opened",
    MessageStatus.CLICKED: "was sent, and a link in it was clicked",
    MessageStatus.SKIPPED: "was not sent",
    MessageStatus.FAILED: "could not be sent",
    MessageStatus.BOUNCED: "bounced: the address does not exist",
    MessageStatus.COMPLAINED: "was sent, and the customer reported it as spam",
    MessageStatus.UNKNOWN: "may have been sent: the provider did not answer",
}

REACTIONS = {
    "DELIVERED": "delivered",
    "OPEN": "opened",
    "CLICK": "link clicked",
    "BOUNCE": "bounced",
    "SOFT_BOUNCE": "bounced for now",
    "COMPLAINT": "reported as spam",
    "UNSUBSCRIBE": "unsubscribed",
    "FAILURE": "failed at the provider",
}
WITH_READER = frozenset({"OPEN", "CLICK"})


@dataclass(frozen=True)
class ExplainedDecision:
    """A decision about a message and its reason; `until` is when the next decision was due."""

    at: datetime
    decision: str
    reason: str
    until: datetime | None = None


@dataclass(frozen=True)
class ExplainedText:
    """The origin of the text of a campaign with a prompt: a `model`, or the campaign's own body for a `reason`.

    A `reused` text was written, and paid for, for another message.
    """

    model: str | None = None
    reason: str | None = None
    tokens: int = 0
    cost: Decimal = Decimal(0)
    reused: bool = False


@dataclass(frozen=True)
class ExplainedReaction:
    """What a provider reported about a message, or what its reader or a machine did; `link` counts from zero."""

    kind: str
    at: datetime
    is_machine: bool
    link: int | None = None
    detail: str | None = None

    @property
    def description(self) -> str:
        """The reaction in words."""
        what = REACTIONS.get(self.kind, self.kind.lower())
        if self.kind == "CLICK" and self.link is not None:
            what = f"link {self.link + 1} clicked"
        who = (" by a machine" if self.is_machine else " by a person") if self.kind in WITH_READER else ""
        return f"{what}{who}: {self.detail}" if self.detail else f"{what}{who}"


@dataclass(frozen=True)
class ExplainedMessage:
    """One message, from the event that triggered it to the reader's reactions.

    `why` is the outcome in words; `candidates` are all campaigns on the same trigger.
    """

    step: int
    event: MessageCause | None
    candidates: tuple[CandidateCampaign, ...]
    occurrence: str | None
    triggered_at: datetime | None
    planned_at: datetime
    due_at: datetime
    expires_at: datetime
    decisions: tuple[ExplainedDecision, ...]
    variant: str | None
    held_out: bool
    words: ExplainedText | None
    status: str
    why: str
    sent_at: datetime | None
    attempts: int
    provider: str | None
    provider_message_id: str | None
    reactions: tuple[ExplainedReaction, ...]


def explain_message(
    record: CustomerRecord, message: StoredMessage, campaigns: Iterable[StoredCampaign]
) -> ExplainedMessage:
    """Explain a message of a customer's record."""
    outcome = OUTCOMES[MessageStatus(message.status)]
    by = f" by {message.provider}" if message.provider and message.sent_at else ""
    return ExplainedMessage(
        step=message.step or 1,
        event=cause_of(record, message),
        candidates=candidates_for(record, message, campaigns),
        occurrence=message.occurrence,
        triggered_at=message.triggered_at,
        planned_at=message.planned_at,
        due_at=message.due_at,
        expires_at=message.expires_at,
        decisions=tuple(_decision(line) for line in message.decisions),
        variant=message.variant,
        held_out=message.held_out,
        words=_text(message.words) if message.words else None,
        status=message.status,
        why=f"{outcome}{by}: {message.reason}" if message.reason else f"{outcome}{by}",
        sent_at=message.sent_at,
        attempts=message.attempts,
        provider=message.provider,
        provider_message_id=message.provider_message_id,
        reactions=tuple(_reaction(line) for line in message.reactions),
    )


def _decision(line: dict[str, Any]) -> ExplainedDecision:
    until = datetime.fromisoformat(line["until"]) if line.get("until") else None
    return ExplainedDecision(datetime.fromisoformat(line["at"]), line["decision"], line["reason"], until)


def _text(stored: dict[str, Any]) -> ExplainedText:
    return ExplainedText(
        model=stored.get("model"),
        reason=stored.get("reason"),
        tokens=int(stored.get("tokens", 0)),
        cost=Decimal(str(stored.get("cost", 0))),
        reused=bool(stored.get("reused", False)),
    )


def _reaction(line: dict[str, Any]) -> ExplainedReaction:
    return ExplainedReaction(**{**line, "at": datetime.fromisoformat(line["at"])})
