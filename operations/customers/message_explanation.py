"""One message explained: what it answered to, what was decided about it and why, its words, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from db.campaigns.campaigns import StoredCampaign
from db.customers.records import CustomerRecord, StoredMessage
from lifecycle.messages import MessageStatus
from operations.customers.message_occasions import Candidate, Occasion, candidates_for, occasion_of

IN_WORDS = {
    MessageStatus.PLANNED: "waits for its time",
    MessageStatus.CLAIMED: "is being sent",
    MessageStatus.SENT: "was sent",
    MessageStatus.OPENED: "was sent and opened",
    MessageStatus.CLICKED: "was sent, and a link in it followed",
    MessageStatus.SKIPPED: "was not sent",
    MessageStatus.FAILED: "could not be sent",
    MessageStatus.BOUNCED: "came back: the address does not exist",
    MessageStatus.COMPLAINED: "was sent, and the customer called it spam",
    MessageStatus.UNKNOWN: "may have been sent, nobody knows",
}

REACTIONS = {
    "DELIVERED": "delivered",
    "OPEN": "opened",
    "CLICK": "link followed",
    "BOUNCE": "came back for good",
    "SOFT_BOUNCE": "came back for now",
    "COMPLAINT": "called spam",
    "UNSUBSCRIBE": "unsubscribed",
    "FAILURE": "failed at the provider",
}
BY_SOMEBODY = frozenset({"OPEN", "CLICK"})


@dataclass(frozen=True)
class ExplainedDecision:
    """What was decided about a message, and why; `until` when it was to be asked again."""

    at: datetime
    decision: str
    reason: str
    until: datetime | None = None


@dataclass(frozen=True)
class Words:
    """Who wrote the text of a campaign with a prompt: a `model`, or, for a `reason`, its own body was sent.

    What was `reused` had been paid for with another message.
    """

    model: str | None = None
    reason: str | None = None
    tokens: int = 0
    cost: Decimal = Decimal(0)
    reused: bool = False


@dataclass(frozen=True)
class Reaction:
    """What a provider told of a message, or what somebody, or a machine, did with it; `link` is a link's number."""

    kind: str
    at: datetime
    is_machine: bool
    link: int | None = None
    detail: str | None = None

    @property
    def told(self) -> str:
        """The same in words."""
        what = REACTIONS.get(self.kind, self.kind.lower())
        if self.kind == "CLICK" and self.link is not None:
            what = f"link {self.link + 1} followed"
        who = (" by a machine" if self.is_machine else " by a person") if self.kind in BY_SOMEBODY else ""
        return f"{what}{who}: {self.detail}" if self.detail else f"{what}{who}"


@dataclass(frozen=True)
class ExplainedMessage:
    """One message, from the event it answered to until what its reader did.

    `why` is what became of it in words; `candidates` are the campaigns that could have answered to the same event.
    """

    step: int
    event: Occasion | None
    candidates: tuple[Candidate, ...]
    occurrence: str | None
    triggered_at: datetime | None
    planned_at: datetime
    due_at: datetime
    expires_at: datetime
    decisions: tuple[ExplainedDecision, ...]
    variant: str | None
    held_out: bool
    words: Words | None
    status: str
    why: str
    sent_at: datetime | None
    attempts: int
    provider: str | None
    provider_message_id: str | None
    reactions: tuple[Reaction, ...]


def explain_message(
    story: CustomerRecord, message: StoredMessage, campaigns: Iterable[StoredCampaign]
) -> ExplainedMessage:
    """All that is known of a message."""
    words = IN_WORDS[MessageStatus(message.status)]
    by = f" by {message.provider}" if message.provider and message.sent_at else ""
    return ExplainedMessage(
        step=message.step or 1,
        event=occasion_of(story, message),
        candidates=candidates_for(story, message, campaigns),
        occurrence=message.occurrence,
        triggered_at=message.triggered_at,
        planned_at=message.planned_at,
        due_at=message.due_at,
        expires_at=message.expires_at,
        decisions=tuple(_decision(line) for line in message.decisions),
        variant=message.variant,
        held_out=message.held_out,
        words=_words(message.words) if message.words else None,
        status=message.status,
        why=f"{words}{by}: {message.reason}" if message.reason else f"{words}{by}",
        sent_at=message.sent_at,
        attempts=message.attempts,
        provider=message.provider,
        provider_message_id=message.provider_message_id,
        reactions=tuple(_reaction(line) for line in message.reactions),
    )


def _decision(line: dict[str, Any]) -> ExplainedDecision:
    until = datetime.fromisoformat(line["until"]) if line.get("until") else None
    return ExplainedDecision(datetime.fromisoformat(line["at"]), line["decision"], line["reason"], until)


def _words(told: dict[str, Any]) -> Words:
    return Words(
        model=told.get("model"),
        reason=told.get("reason"),
        tokens=int(told.get("tokens", 0)),
        cost=Decimal(str(told.get("cost", 0))),
        reused=bool(told.get("reused", False)),
    )


def _reaction(line: dict[str, Any]) -> Reaction:
    return Reaction(**{**line, "at": datetime.fromisoformat(line["at"])})
